package file

import "errors"

var errMoved = errors.New("file was renamed meanwhile")

// openListed opens a file by the name that it was listed under, if it is still that file; else it gives errMoved.
func (l *lister) openListed(f found) (handle, error) {
	h, err := l.sys.Open(f.path)
	if err != nil {
		return nil, err
	}
	i, err := h.Stat()
	if err == nil && !f.opened(h, i) {
		delete(l.known, i.inode) // what is remembered of the inode number may be of the file that is gone
		err = errMoved
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// opened tells whether a handle is of the file that was listed. The name and even the inode number may be another one's
// by now; what is compressed does not change any more.
func (f found) opened(h handle, i info) bool {
	if i.inode != f.info.inode || h.Birth() != f.birth {
		return false
	}
	return !f.gz || i.size == f.info.size && i.mtime.Equal(f.info.mtime)
}
