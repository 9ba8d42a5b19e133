package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// guardDir is the retention guard's directory, inside the log's own.
const guardDir = ".auditship"

// found is one file that belongs to the log, under one of its names.
type found struct {
	name
	file  string // base name
	path  string
	info  info
	birth uint64
	head  head
	size  int64 // uncompressed; of a gzip file as its trailer says
	last  time.Time
	note  note // of a lost one
	quiet bool // it had not been changed for a while when it was read: another file can't have its time of change
}

// quietFor is longer than the steps that time stamps of files make.
const quietFor = 100 * time.Millisecond

// listing is what there is of a log at one moment.
type listing struct {
	files   []found
	live    *found
	trouble error   // what could not be looked at: nothing is concluded from the absence of files
	odd     []error // what has a backup's name and is none
	moved   bool    // a file went away in between, or the log was rotated: the same as trouble
}

// sound tells whether what is not listed is not there.
func (list listing) sound() bool { return list.trouble == nil && !list.moved }

// lister looks at a log's directory. What it knows of a file is trusted as long as size and time of change stay; that
// keeps a look at a hundred backups cheap.
type lister struct {
	sys     system
	dir     string
	base    string
	known   map[inode]found
	scratch []byte
}

func newLister(sys system, path string) *lister {
	return &lister{sys: sys, dir: filepath.Dir(path), base: filepath.Base(path),
		known: map[inode]found{}, scratch: make([]byte, 32<<10)}
}

// list looks until no rotation came in between: one that did could hide a file, or swap two in their order.
func (l *lister) list() listing {
	for try := 0; ; try++ {
		before, _ := l.sys.Stat(filepath.Join(l.dir, l.base))
		list := l.look()
		after, _ := l.sys.Stat(filepath.Join(l.dir, l.base))
		list.moved = list.moved || before.inode != after.inode
		if !list.moved || try == 5 {
			return list
		}
	}
}

func (l *lister) look() listing {
	var list listing
	names, err := l.sys.Names(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		list.trouble = fmt.Errorf("list log directory: %w", err)
		return list
	}
	links, err := l.sys.Names(filepath.Join(l.dir, guardDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		list.trouble = fmt.Errorf("list guarded files: %w", err)
	}
	for _, file := range names {
		if n := parseName(l.base, file); n.kind != noLog && n.kind != live {
			l.add(&list, filepath.Join(l.dir, file), n)
		}
	}
	for _, file := range links {
		if n := parseLink(l.base, file); n.kind != noLog {
			l.add(&list, filepath.Join(l.dir, guardDir, file), n)
		}
	}
	// The live log comes last: whatever happened meanwhile, it is the newest.
	l.add(&list, filepath.Join(l.dir, l.base), name{kind: live})
	list.agree()
	l.forget(list.files)
	list.sort()
	return list
}

// agree lets all names of an inode show what was seen last: it may have grown since it was looked at by another name.
func (list *listing) agree() {
	latest := make(map[inode]found, len(list.files))
	for _, f := range list.files {
		latest[f.info.inode] = f
	}
	for i := range list.files {
		f := &list.files[i]
		if l := latest[f.info.inode]; f.kind != lost && f.birth == l.birth {
			f.info, f.head, f.size, f.last = l.info, l.head, l.size, l.last
		}
	}
}

func (l *lister) add(list *listing, path string, n name) {
	f, err := l.examine(found{name: n, file: filepath.Base(path), path: path})
	switch {
	case err == nil:
		list.files = append(list.files, f)
	case errors.Is(err, errUnfinished):
	case errors.Is(err, fs.ErrNotExist):
		list.moved = list.moved || n.kind != live
	case errors.As(err, new(*notRegularError)) && n.kind != live:
		list.odd = append(list.odd, err)
	default:
		list.trouble = errors.Join(list.trouble, err)
	}
}

// errUnfinished tells that a gzip file is still being written.
var errUnfinished = errors.New("gzip file is not complete while the plain one is there")

func (l *lister) examine(f found) (found, error) {
	if f.kind == lost {
		return l.readNote(f)
	}
	if f.gz && f.kind != guarded {
		if _, err := l.sys.Stat(f.path[:len(f.path)-len(gzSuffix)]); !errors.Is(err, fs.ErrNotExist) {
			return f, errUnfinished
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
	if k, ok := l.known[f.info.inode]; ok && k.quiet && !link && k.gz == f.gz && k.info.size == f.info.size && k.info.mtime.Equal(f.info.mtime) {
		f.birth, f.head, f.size, f.last, f.quiet = k.birth, k.head, k.size, k.last, true
		return f, nil
	}
	return l.open(f)
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
	f.quiet = l.sys.Now().Sub(f.info.mtime) > quietFor
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
		f.size = f.info.size
		return nil
	}
	f.size, err = gzSize(h, f.info.size, 0)
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
	Size   int64     `json:"size"` // -1: unknown
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
	var n note
	if err := json.NewDecoder(io.NewSectionReader(h, 0, 4<<10)).Decode(&n); err != nil {
		return f, fmt.Errorf("read %s: %w", f.path, err)
	}
	f.note, f.size, f.last = n, n.Size, n.Last
	f.head = head{id: n.ID, length: n.Length, whole: n.Whole, first: n.First}
	return f, nil
}

// forget drops what is known of files that are gone, so that l.known is not larger than the directory.
func (l *lister) forget(files []found) {
	if len(l.known) <= 2*len(files)+16 {
		return
	}
	keep := make(map[inode]found, len(files))
	for _, f := range files {
		if k, ok := l.known[f.info.inode]; ok {
			keep[f.info.inode] = k
		}
	}
	l.known = keep
}
