package file

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// errUnfinished tells that a gzip file is still being written.
var errUnfinished = errors.New("gzip file is not complete while the plain one is there")

func (l *lister) examine(f found) (found, error) {
	if f.kind == lost {
		return l.readNote(f)
	}
	if f.gz && f.kind != guarded {
		_, err := l.sys.Stat(f.path[:len(f.path)-len(gzSuffix)])
		if err == nil {
			return f, errUnfinished
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err // nobody knows whether it is finished: it must not count as absent
		}
	}
	var err error
	if f.info, err = l.sys.Stat(f.path); err != nil {
		return f, err
	}
	link := f.info.mode&fs.ModeSymlink != 0
	if !link || f.kind != live { // a backup that is a link was not made by a rotation
		if err := refuse(f.path, f.info.mode); err != nil {
			return f, err
		}
	}
	if k, ok := l.known[f.info.inode]; ok && k.quiet && !link && l.unchanged(k, f) {
		f.birth, f.head, f.size, f.last, f.quiet = k.birth, k.head, k.size, k.last, true
		return f, nil
	}
	return l.open(f)
}

// unchanged tells whether a file is the one that was known, by what costs nothing. A copy of the guard's has the time of
// change of what it was made from, so only its name tells it from another one that had its inode number.
func (l *lister) unchanged(k, f found) bool {
	copied := f.kind == guarded && filepath.Dir(f.path) == l.copies || k.kind == guarded && filepath.Dir(k.path) == l.copies
	return k.gz == f.gz && k.info.size == f.info.size && k.info.mtime.Equal(f.info.mtime) && (!copied || k.path == f.path)
}

// open reads what only the file itself tells.
func (l *lister) open(f found) (found, error) {
	h, err := l.sys.Open(f.path)
	if err != nil {
		return f, err
	}
	defer h.Close()
	symlink := f.info.mode & fs.ModeSymlink
	if f.info, err = h.Stat(); err != nil {
		return f, err
	}
	f.birth, f.size, f.last = h.Birth(), f.info.size, f.info.mtime
	if f.gz {
		err = l.readGz(&f, h)
	} else {
		err = l.readPlain(&f, h)
	}
	if err != nil {
		return f, fmt.Errorf("read the beginning of %s: %w", f.path, err)
	}
	f.quiet = l.sys.Now().Sub(f.info.mtime).Abs() > quietFor // a time in the future is as unlikely to come again
	l.known[f.info.inode] = f
	f.info.mode |= symlink
	return f, nil
}

func (l *lister) readPlain(f *found, h handle) (err error) {
	if k, ok := l.known[f.info.inode]; ok && !k.gz && k.birth == f.birth && k.head.whole && k.size <= f.size {
		if same, err := k.head.stands(h, l.scratch); err == nil && same {
			f.head = k.head
			return nil
		}
	}
	f.head, err = readHead(io.NewSectionReader(h, 0, f.size), l.scratch)
	return err
}

// readGz takes a file that is no good gzip file as an empty one: if it is known by another name it is not needed, else
// the reader finds out and tells.
func (l *lister) readGz(f *found, h handle) (err error) {
	u, err := newUnzipper(h)
	if err != nil {
		return err
	}
	var corrupt *corruptError
	f.head, err = readHead(&sequential{u, 0}, l.scratch)
	if err != nil && !errors.As(err, &corrupt) {
		return err
	}
	if f.head.length == 0 && err != nil {
		f.size = max(f.info.size, 1) // an empty one as well: a power failure leaves such
		return nil
	}
	f.size, err = gzSize(h, f.info.size, f.head.end)
	return err
}

// sequential reads an io.ReaderAt from an offset on.
type sequential struct {
	r   io.ReaderAt
	off int64
}

func (s *sequential) Read(p []byte) (int, error) {
	n, err := s.r.ReadAt(p, s.off)
	s.off += int64(n)
	return n, err
}

// note is what the guard leaves in place of a link that it gave up.
type note struct {
	Name   string    `json:"name"`
	ID     identity  `json:"id"`
	Length int64     `json:"length"`
	Whole  bool      `json:"whole"`
	Size   int64     `json:"size"`           // -1: unknown
	Open   bool      `json:"open,omitempty"` // its writer may have gone on with it
	Left   bool      `json:"left,omitempty"` // the file was there, but could not be kept
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last"`
	Reason string    `json:"reason"`
}

func (l *lister) readNote(f found) (found, error) {
	h, err := l.sys.Open(f.path)
	if err != nil {
		return f, err
	}
	defer h.Close()
	n, err := parseNote(io.NewSectionReader(h, 0, 4<<10))
	if errors.As(err, new(*fs.PathError)) {
		return f, fmt.Errorf("read %s: %w", f.path, err)
	}
	if n.Name = l.base; err != nil { // torn by a crash, say: that something was given up is certain
		n = note{Name: l.base, ID: sha256.Sum256([]byte(f.file)), Length: 1, Whole: true, Size: -1, Reason: "given up by the retention guard; its note about it is damaged"}
	}
	f.note, f.size, f.last = n, n.Size, n.Last
	f.head = head{id: n.ID, length: n.Length, whole: n.Whole, first: n.First}
	return f, nil
}

func parseNote(r io.Reader) (n note, err error) {
	if err := json.NewDecoder(r).Decode(&n); err != nil {
		return n, err
	}
	if n.Length <= 0 || n.Size < -1 || n.Reason == "" {
		return n, errors.New("it says nothing")
	}
	return n, nil
}
