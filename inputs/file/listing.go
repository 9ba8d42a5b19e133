package file

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/trust"
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

// spare is room for files that come.
const spare = 4

// listing is what there is of a log at one moment.
type listing struct {
	files   []found
	live    *found
	at      mark    // of new logs, where the guard lists
	trouble error   // what could not be looked at: nothing is concluded from the absence of files
	seq     uint64  // the highest of a link, copy or note of the guard, readable or not
	odd     []error // what has a backup's name and is none
	moved   bool    // a file went away in between, or the log was rotated: the same as trouble
	hidden  bool    // there is a backup among what could not be looked at
}

// named tells whether it is a name of the log's writers, not one of the guard's.
func (f found) named() bool { return f.kind != guarded && f.kind != lost }

// newest is the file that was made last, of those that their writers have not deleted; nil: there is none.
func (list listing) newest() *found {
	for i := len(list.files) - 1; i >= 0; i-- {
		if list.files[i].named() {
			return &list.files[i]
		}
	}
	return nil
}

// sound tells whether what is not listed is not there.
func (list listing) sound() bool { return list.trouble == nil && !list.moved }

// copyPause is how long a copy may stand still and still count as under way.
const copyPause = 10 * time.Second

// copying tells whether a file is perhaps a copy by logrotate that is under way, in the midst of the first line: nobody
// can tell of what. If it is a file of its own it will get another line, or be left alone.
func (list listing) copying(f found, now time.Time) bool {
	return !f.gz && !f.head.whole && now.Sub(f.info.mtime).Abs() < copyPause &&
		slices.ContainsFunc(list.files, func(o found) bool { return o.kind == logrotate && o.info.inode == f.info.inode }) &&
		!slices.ContainsFunc(list.files, func(o found) bool { return o.kind == live && o.info.inode == f.info.inode })
}

// lister looks at a log's directory. What it knows of a file is trusted as long as size and time of change stay; that
// keeps a look at a hundred backups cheap.
type lister struct {
	sys     system
	dir     string
	guards  func() []string // directories of the guard
	copies  string          // that of its copies
	base    string
	known   map[inode]found
	most    int // files that the last look found, and some more
	scratch []byte
	absent  bool // the directory was never there yet, and may still come
}

func newLister(in *Input) *lister {
	return &lister{sys: in.sys, dir: in.dir(), base: in.base(), guards: in.ownDirs, copies: in.cfg.GuardDir,
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
	if l.absent = l.absent && errors.Is(err, fs.ErrNotExist); err != nil && !l.absent { // it is unmounted, say: that deletes nothing
		list.trouble = fmt.Errorf("list log directory: %w", err)
		return list
	}
	list.files = make([]found, 0, l.most)
	for _, file := range names {
		path := filepath.Join(l.dir, file)
		if n := parseName(l.base, file); n.kind > live {
			l.add(&list, path, n)
		} else if n.kind == noLog && unreadable(l.base, file) {
			list.odd = append(list.odd, fmt.Errorf("read %s: it is compressed by something else than gzip", path))
		}
	}
	for _, dir := range l.guards() {
		l.addGuarded(&list, dir)
	}
	// The live log comes last: whatever happened meanwhile, it is the newest.
	l.add(&list, filepath.Join(l.dir, l.base), name{kind: live})
	list.agree()
	l.forget(list.files)
	l.most = len(list.files) + spare
	list.sort()
	return list
}

func (l *lister) addGuarded(list *listing, dir string) {
	names, err := l.sys.Names(dir)
	switch {
	case errors.As(err, new(*trust.Error)):
		list.odd = append(list.odd, err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		list.trouble = fmt.Errorf("list guarded files: %w", err)
	}
	for _, file := range names {
		if n := parseLink(l.base, file); n.kind != noLog {
			list.seq = max(list.seq, n.seq)
			l.add(list, filepath.Join(dir, file), n)
		}
	}
}

// agree lets all names of an inode show what was seen last: it may have grown since it was looked at by another name.
func (list *listing) agree() {
	latest := make(map[inode]int, len(list.files))
	for i := range list.files {
		latest[list.files[i].info.inode] = i
	}
	for i := range list.files {
		f := &list.files[i]
		if l := &list.files[latest[f.info.inode]]; f.kind != lost && f.birth == l.birth && l.info.links > 1 {
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
		list.hidden = list.hidden || n.kind != live
	}
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
