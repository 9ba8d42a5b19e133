package file

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// guard keeps files from deletion by links of its own, and where there can't be links, by copies. It belongs to the
// goroutine of Input.Run.
type guard struct {
	in     *Input
	lister *lister
	dir    string
	seq    uint64    // of the newest link
	before uint64    // of the newest link of a previous run
	begun  bool      // the anchor of the previous run is known
	linked bool      // something, since the last listing
	missed []missed  // what was not there any more when it was to be kept
	since  time.Time // of a hole that was told; no file stands for the next one yet
	anchor *found    // the newest file of the last pass: whatever came before it was seen
	handle handle    // on the anchor, to know it when it got its first line, and a new name, and was compressed

	owed     map[uint64]note // that could not be written yet, by sequence
	forecast forecast
	held     []*held // needed files that are not linked, the oldest first
	claim    *claim  // nil: there is no other agent
	watcher  watcher
	line     lineage
	settled  bool // nothing is kept, and nothing is left to do
	news     news // for the readers, by what was done in this pass
	stopping func() bool
}

func newGuard(in *Input) *guard {
	return &guard{in: in, lister: newLister(in), dir: in.guardDirs()[0], owed: map[uint64]note{}, forecast: forecast{in: in}, watcher: watcher{in: in}, stopping: func() bool { return false }}
}

// pass links what is new and needed, and releases what nobody needs. It tells whether all that is needed is linked.
func (g *guard) pass() bool {
	committed := g.committed()
	g.claim.take()
	list := g.list()
	g.settled = false
	if len(committed) == 0 {
		g.publishLine(false)
		g.release(list, nil)
		return false
	}
	g.begin(list)
	g.settle()
	ok, all := g.protect(list, committed)
	for try := 0; !all && try < 5; try++ { // a rotation came in between
		list = g.list()
		ok, all = g.protect(list, committed)
	}
	if g.linked {
		list, g.linked = g.list(), false // what is linked needs no copy
	}
	g.release(list, committed)
	seen := list
	g.in.listed.Store(&seen)
	if list.trouble == nil {
		g.forecast.observe(list, g.free(g.dir))
	}
	list = g.keep(list, committed)
	g.makeRoom(list, committed)
	g.publishLine(ok || g.in.cfg.GuardDir != "")
	g.settled = list.settled()
	return ok && list.trouble == nil
}

// protect links what there is, after it told what may be missing: a link that is newer than a hole would hide it from the
// next guard.
func (g *guard) protect(list listing, committed []*cursor) (ok, all bool) {
	g.tellMissed(list)
	newest := list.newest()
	if list.moved || newest == nil {
		return newest == nil, !list.moved
	}
	settled := g.findHole(list)
	ok, all = g.linkAll(list, committed)
	if all && settled {
		g.setAnchor(*newest)
		g.line.add(*newest, list)
	}
	return ok, all
}

func (g *guard) setAnchor(f found) {
	same := g.handle != nil && g.anchor != nil && g.anchor.info.inode == f.info.inode && g.anchor.birth == f.birth
	g.anchor, g.since = &f, time.Time{}
	if same {
		return
	}
	g.close()
	if h, err := g.lister.openListed(f); err == nil {
		g.handle = h
	}
}

func (g *guard) close() {
	if g.handle != nil {
		g.handle.Close()
		g.handle = nil
	}
}

// settled tells whether all is there, nothing is kept from deletion, and what is written to the log is written in its
// directory.
func (list listing) settled() bool {
	return list.sound() && !slices.ContainsFunc(list.files, func(f found) bool {
		return f.kind == lost || f.kind == guarded && f.info.links == 1 || f.info.mode&fs.ModeSymlink != 0
	})
}

// calm tells whether the guard need not look again until something happens.
func (g *guard) calm() bool {
	return g.settled && g.watcher.watch != nil && len(g.missed) == 0 && len(g.owed) == 0 &&
		!slices.ContainsFunc(g.held, func(h *held) bool { return h.gone })
}

// stop lets go of everything that is open.
func (g *guard) stop() {
	g.close()
	for _, h := range g.held {
		h.handle.Close()
	}
	g.held = nil
	g.in.holding.Store(nil)
	g.in.line.Store(nil)
	g.watcher.close()
	g.claim.drop()
}

// begin goes on with the links of a previous run. The name of a link that can't be read is taken, too.
func (g *guard) begin(list listing) {
	g.seq = max(g.seq, list.seq)
	if g.begun {
		return
	}
	if g.before == 0 {
		g.before = list.seq
		g.in.before.Store(g.before)
	}
	g.begun = list.trouble == nil // else there may be some that can't be read now
	for _, f := range list.files {
		if f.kind == guarded && f.seq <= g.before && (g.anchor == nil || f.seq > g.anchor.seq) {
			g.close()
			g.anchor, g.begun = &f, true
		}
	}
}

// sweep removes what a crash left of copies and notes.
func (g *guard) sweep() {
	for _, dir := range g.in.ownDirs() {
		names, err := g.in.sys.Names(dir)
		if err != nil {
			continue // the listing tells
		}
		for _, file := range names {
			ours := dir == g.in.cfg.GuardDir && file == copyName+tmpSuffix || parseLink(g.in.base(), strings.TrimSuffix(file, tmpSuffix)).kind == lost
			if ours && strings.HasSuffix(file, tmpSuffix) {
				g.in.sys.Remove(filepath.Join(dir, file))
			}
		}
	}
}

// linkAll links what is needed, the oldest first: ok tells that the file system can do that, all that no file went away.
func (g *guard) linkAll(list listing, committed []*cursor) (ok, all bool) {
	kept := list.kept()
	ok = true
	for _, f := range list.files {
		if !f.named() || kept.has(f) {
			continue
		}
		if f.kind != live && (f.size == 0 || !needed(committed, f)) {
			continue
		}
		if !list.linkable(f) {
			ok = false
			continue
		}
		done, there := g.link(f)
		ok = ok && done
		if !there {
			g.miss(f)
			return ok, false // what is newer must not get a lower sequence: look again first
		}
	}
	return ok, true
}

// committed is where the readers are for good; nil: at the beginning.
func (g *guard) committed() (at []*cursor) {
	for _, r := range g.in.all() {
		at = append(at, r.committed.Load())
	}
	return at
}

func needed(committed []*cursor, f found) bool {
	for _, c := range committed {
		if c == nil || !c.covers(f) {
			return true
		}
	}
	return false
}

// link tells whether links can be made at all (ok), and whether the file was still there.
func (g *guard) link(f found) (ok, there bool) {
	if g.in.shared.Load() {
		return false, true
	}
	path, err := g.linkFree(f)
	if errors.Is(err, fs.ErrNotExist) {
		if path, err = g.linkAnew(f); errors.Is(err, errClaimed) {
			return false, true
		}
	}
	if err == nil {
		there = g.linkedIt(f, path)
		if !there {
			g.seq--
		}
		g.linked = g.linked || there
		return true, there
	}
	if errors.Is(err, fs.ErrNotExist) {
		return true, false // it was renamed meanwhile: the next pass sees it
	}
	g.in.notice("guard_failed", g.in.base(), "link log file against its deletion; keep it open, and copy it, instead", "error", reason(err))
	return false, true
}

// linkAnew makes the directory, if that is what was missing.
func (g *guard) linkAnew(f found) (path string, err error) {
	_, gone := g.in.sys.Stat(g.dir)
	if err := g.in.sys.Mkdir(g.dir); err != nil {
		return "", err
	}
	if gone != nil && !g.claim.renew() {
		return "", errClaimed
	}
	return g.linkFree(f)
}

// linkFree makes a link under the next name that nobody has.
func (g *guard) linkFree(f found) (path string, err error) {
	for range maxTaken {
		path = filepath.Join(g.dir, linkName(g.in.base(), g.seq+1, f.gz))
		if err = g.in.sys.Link(f.path, path); err == nil || errors.Is(err, fs.ErrExist) {
			g.seq++
		}
		if !errors.Is(err, fs.ErrExist) {
			return path, err
		}
	}
	return path, err
}

// maxTaken is how many names that somebody else has are passed over at once.
const maxTaken = 100

// linkedIt makes sure that the link is to the file that was meant: a rotation in between would mix up the sequence.
func (g *guard) linkedIt(f found, path string) bool {
	i, err := g.in.sys.Stat(path)
	if err == nil && i.inode == f.info.inode {
		return true
	}
	if err := g.in.sys.Remove(path); err != nil {
		g.in.notice("guard_failed", g.in.base(), "remove link to another file", "error", err)
	}
	return false
}

// release removes the links and notes that every reader is past. The log itself stays linked: it may be deleted at any time.
func (g *guard) release(list listing, committed []*cursor) {
	harmful := map[inode]bool{}
	for _, f := range list.files {
		if (f.kind == live || f.kind == logrotate) && !list.linkable(f) {
			harmful[f.info.inode] = true
		}
	}
	for _, f := range list.files {
		// Without a log this is the middle of a rotation, perhaps, and the log a moment ago may be written to.
		mayGrow := f.kind == guarded && (list.live == nil || f.info.inode == list.live.info.inode)
		switch {
		case f.kind == guarded && harmful[f.info.inode] && f.info.links > 1:
			if g.in.cfg.GuardDir != "" {
				g.hold(f, committed) // it may lose its other names just now
			}
			g.remove(f)
		case f.named() || needed(committed, f):
		case len(committed) == 0 || !mayGrow:
			g.remove(f)
		}
	}
}

// finish is the last pass. Nobody may come back for what it leaves, so it leaves nothing that is committed: not even the
// link of the log.
func (g *guard) finish() {
	g.pass()
	list, committed := g.list(), g.committed()
	for _, f := range list.files {
		if f.kind == guarded && !slices.ContainsFunc(committed, func(c *cursor) bool { return !c.past(f) }) {
			g.remove(f)
		}
	}
	for _, dir := range g.in.ownDirs() {
		g.in.sys.Remove(dir) // if it is empty
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
