package file

import (
	"io/fs"
	"slices"
	"time"
)

// guard keeps files from deletion by links of its own, and where there can't be links, by copies. It belongs to the
// goroutine of Input.Run.
type guard struct {
	in      *Input
	lister  *lister
	dir     string
	seq     uint64    // of the newest link
	before  uint64    // of the newest link of a previous run
	begun   bool      // the anchor of the previous run is known
	linked  bool      // something, since the last listing
	missed  []missed  // what was not there any more when it was to be kept
	leftOut []found   // what is needed and can't be held open
	since   time.Time // of a hole that was told; no file stands for the next one yet
	anchor  *found    // the newest file of the last pass: whatever came before it was seen
	handle  handle    // on the anchor, to know it when it got its first line, and a new name, and was compressed

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
	list, ok := g.protectAll(list, committed)
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

// protectAll links what is needed. It returns what there is then.
func (g *guard) protectAll(list listing, committed []*cursor) (listing, bool) {
	ok, all := g.protect(list, committed)
	for try := 0; !all && try < 5; try++ { // a rotation came in between
		list = g.list()
		ok, all = g.protect(list, committed)
	}
	if g.linked {
		list, g.linked = g.list(), false // what is linked needs no copy
	}
	return list, ok
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
