package file

import (
	"errors"
	"fmt"
	"io/fs"
)

// turn goes over to the next file.
func (r *reader) turn() (again bool, err error) {
	e := r.next()
	if e == nil || e == r.cur {
		return e != nil, nil
	}
	r.leave()
	return r.enter(e)
}

func (r *reader) enter(e *entry) (again bool, err error) {
	if e.handle != nil && e.zipped && len(e.places) > 0 && !e.best().gz {
		e.close()
	}
	if err := r.open(e); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errMoved) {
			r.stale.Store(true)
			return true, nil
		}
		return false, err
	}
	return true, r.begin(e)
}

func (r *reader) begin(e *entry) error {
	src, err := e.source()
	if err != nil {
		return fmt.Errorf("read %s: %w", e.Name, err)
	}
	r.cur, e.looked, r.states = e, -1, nil
	r.win.reset(src, !e.zipped, e.Offset)
	return nil
}

// leave stops reading the current file. It stays open if it has no name any more, or is the log.
func (r *reader) leave() {
	e := r.cur
	if e == nil {
		return
	}
	r.cur, r.states = nil, nil
	r.win.reset(nil, false, 0)
	if e.Done || len(e.places) > 0 && !e.Live && !e.unread() && !e.torn() {
		e.close()
	}
}

var errMoved = errors.New("file was renamed meanwhile")

// open opens a file at its best place, if it is still there.
func (r *reader) open(e *entry) error {
	if e.handle != nil {
		return nil
	}
	place := e.best()
	h, err := r.in.sys.Open(place.path)
	if err != nil {
		return err
	}
	i, err := h.Stat()
	if err == nil && !place.opened(h, i) {
		delete(r.lister.known, i.inode) // what is remembered of the inode number may be of the file that is gone
		err = errMoved
	}
	if err != nil {
		return errors.Join(err, h.Close())
	}
	e.handle, e.zipped, e.opened = h, place.gz, i.inode
	return nil
}

// opened tells whether a handle is of the file that was listed. The name and even the inode number may be another one's
// by now; what is compressed does not change any more.
func (f found) opened(h handle, i info) bool {
	if i.inode != f.info.inode || h.Birth() != f.birth {
		return false
	}
	return !f.gz || i.size == f.info.size && i.mtime.Equal(f.info.mtime)
}
