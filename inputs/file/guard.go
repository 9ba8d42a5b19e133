package file

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
)

// guard keeps files from deletion by links of its own. It belongs to the goroutine of Input.Run.
type guard struct {
	in     *Input
	lister *lister
	dir    string
	seq    uint64
}

func newGuard(in *Input) *guard {
	return &guard{in: in, lister: newLister(in.sys, in.cfg.Path), dir: filepath.Join(in.dir(), guardDir)}
}

// pass links what is new and needed, and releases what nobody needs. It tells whether all that is needed is linked.
func (g *guard) pass() bool {
	committed, readers := g.committed()
	list := g.lister.list()
	linked := map[fileKey]bool{}
	for _, f := range list.files {
		if f.kind == guarded {
			linked[f.key()], linked[fileKey{inode: f.info.inode}] = true, true
		}
		g.seq = max(g.seq, f.seq)
	}
	ok := list.trouble == nil && readers > 0
	for _, f := range list.files {
		if f.kind == guarded || f.kind == lost || linked[f.key()] || linked[fileKey{inode: f.info.inode}] || readers == 0 {
			continue
		}
		if f.kind == live || needed(committed, f) {
			ok = g.link(f) && ok
		}
	}
	g.release(list, committed)
	g.economize(list, committed)
	return ok
}

// committed is where the readers are for good; nil: at the beginning.
func (g *guard) committed() (at []*cursor, readers int) {
	all := g.in.all()
	for _, r := range all {
		at = append(at, r.committed.Load())
	}
	return at, len(all)
}

func needed(committed []*cursor, f found) bool {
	for _, c := range committed {
		if c == nil || !c.covers(f) {
			return true
		}
	}
	return false
}

func (g *guard) link(f found) bool {
	if f.info.mode&fs.ModeSymlink != 0 {
		return false // the link would be to the symbolic link
	}
	path := filepath.Join(g.dir, linkName(g.in.base(), g.seq+1, f.gz))
	err := g.in.sys.Link(f.path, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = g.in.sys.Mkdir(g.dir); err == nil {
			err = g.in.sys.Link(f.path, path)
		}
	}
	switch {
	case err == nil:
		g.seq++
		return true
	case errors.Is(err, fs.ErrNotExist):
		return true // it was renamed meanwhile: the next pass sees it
	}
	reason := err
	if no := syscall.Errno(0); errors.As(err, &no) {
		reason = no // without the file's name, so that it is told once
	}
	g.in.notice("guard_failed", g.in.base(), "link log file against its deletion; keep it open instead", "error", reason)
	return false
}

// release removes the links and notes that every reader is past. The log itself stays linked: it may be deleted at any time.
func (g *guard) release(list listing, committed []*cursor) {
	for _, f := range list.files {
		if f.kind != guarded && f.kind != lost || needed(committed, f) {
			continue
		}
		// Without a log this is the middle of a rotation, perhaps, and the log a moment ago may be written to.
		mayGrow := list.live == nil || f.info.inode == list.live.info.inode
		if len(committed) == 0 || f.kind == lost || !mayGrow {
			g.remove(f)
		}
	}
}

func (g *guard) remove(f found) bool {
	err := g.in.sys.Remove(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		g.in.notice("guard_failed", f.file, "release guarded file", "error", err)
		return false
	}
	return true
}

// economize gives up the oldest links, when what nothing else keeps is more than the budget, or space is short.
func (g *guard) economize(list listing, committed []*cursor) {
	var only []found // files that have no other name
	var held int64
	for _, f := range list.files {
		if f.kind == guarded && f.info.links == 1 && needed(committed, f) {
			only, held = append(only, f), held+f.info.size
		}
	}
	over := held - int64(g.in.cfg.GuardBytes)
	if len(only) > 0 {
		if free, err := g.in.sys.Free(g.dir); err == nil {
			over = max(over, int64(g.in.cfg.MinFree)-free)
		}
	}
	for _, f := range only {
		if over <= 0 {
			return
		}
		if list.live != nil && f.info.inode == list.live.info.inode {
			continue
		}
		if g.giveUp(f) {
			over -= f.info.size
		}
	}
}

// giveUp leaves a note where the link was, so that a reader which never saw the file can tell the gap, also after a restart.
func (g *guard) giveUp(f found) bool {
	n := note{ID: f.head.id, Length: f.head.length, Whole: f.head.whole, Size: f.size, First: f.head.first, Last: f.last}
	data, err := json.Marshal(n)
	if err == nil {
		err = g.in.sys.Write(filepath.Join(g.dir, linkName(g.in.base(), f.seq, false)+lostSuffix), data)
	}
	g.in.notice("guard_gave_up", f.file, "give up a file that is still needed: disk budget or free space exhausted", "bytes", f.info.size, "noted", err)
	return g.remove(f)
}
