package file

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// copyAhead is how many backups are copied before they are deleted, once the log's writer was seen to delete: those whose
// turn comes next, if a pipeline still needs them. All others are copied when it happens, through an open descriptor; but
// for that the agent has to be running.
const copyAhead = 2

// retryCopy is how long a copy that failed is left alone.
const retryCopy = 10 * pollEvery

// keep is what the guard does where links are impossible. It returns what there is then.
func (g *guard) keep(list listing, committed []*cursor) listing {
	if g.in.cfg.GuardDir == "" {
		return list
	}
	for try := 0; !g.holdAll(list, committed) && try < 5; try++ { // a rotation or compression came in between
		list = g.list()
		g.tellMissed(list) // before something newer is copied: that would hide it from the next guard
	}
	g.publish() // copies take their time, and a file that was not held before may be deleted meanwhile
	defer g.publish()
	for _, h := range g.toCopy() {
		if g.copy(h, list, committed) {
			list = g.list()
		} else if !h.gone {
			break // nor what is newer, and is not gone either
		}
	}
	g.boundOpen(list)
	g.letGo(list, committed)
	return list
}

// holdAll brings what is held up to date, the oldest first. It tells whether all that the listing names was still there.
func (g *guard) holdAll(list listing, committed []*cursor) bool {
	kept := list.kept()
	for _, f := range list.files {
		if f.named() && (f.kind == live || f.size > 0) && !kept.has(f) {
			g.hold(f, committed)
		}
	}
	g.letGo(list, committed)
	place := func(h *held) int {
		return slices.IndexFunc(list.files, func(f found) bool { return f.named() && f.key() == h.key() })
	}
	slices.SortStableFunc(g.held, func(a, b *held) int { return place(a) - place(b) })
	return len(g.missed) == 0 && !slices.ContainsFunc(g.held, func(h *held) bool { return h.gone && place(h) >= 0 })
}

// toCopy is what has no name any more, and then, unless the agent stops, what will be deleted next. Nothing is copied ahead
// of an older file: if that was deleted while no agent ran, the newer copy would hide it.
func (g *guard) toCopy() (gone []*held) {
	var ahead []*held
	now, late := g.in.sys.Now(), false
	for _, h := range g.held {
		switch {
		case now.Before(h.retryAt) && !g.stopping():
			late = true
		case h.gone && h.copied < h.info.size:
			gone = append(gone, h)
		case h.gone:
		case !late && h.kind == lumberjack && g.forecast.deleting && len(ahead) < copyAhead && !g.stopping():
			ahead = append(ahead, h)
		}
	}
	return append(gone, ahead...)
}

// keptFiles are those that the guard has links or copies of, or has given up.
type keptFiles map[fileKey]bool

func (list listing) kept() keptFiles {
	kept := keptFiles{}
	for _, f := range list.files {
		if f.kind == guarded {
			kept[fileKey{inode: f.info.inode}] = true
		}
		if !f.named() && !f.note.Left {
			kept[f.key()] = true
		}
	}
	return kept
}

func (k keptFiles) has(f found) bool { return k[f.key()] || k[fileKey{inode: f.info.inode}] }

// publish keeps readers from telling as lost what will be copied.
func (g *guard) publish() {
	holding := make([]found, 0, len(g.held))
	for _, h := range g.held {
		holding = append(holding, h.found)
	}
	g.in.holding.Store(&holding)
}

// hold opens a needed file.
func (g *guard) hold(f found, committed []*cursor) {
	for _, h := range g.held {
		if h.info.inode == f.info.inode && h.birth == f.birth {
			h.name, h.file = f.name, f.file
			g.takeIn(f)
			return
		}
	}
	if !needed(committed, f) {
		return
	}
	if len(g.held) >= g.in.mostHeld {
		g.leaveOut(f)
		return
	}
	handle, err := g.lister.openListed(f)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, errMoved):
		g.miss(f)
		return
	case err != nil:
		g.leaveOut(f) // the listing tells why
		return
	}
	g.held = append(g.held, &held{found: f, handle: handle})
	g.takeIn(f)
}

// letGo closes what is needed no more, or kept in another way, or can't be kept.
func (g *guard) letGo(list listing, committed []*cursor) {
	kept := list.kept()
	g.held = slices.DeleteFunc(g.held, func(h *held) bool {
		err := h.refresh(g.lister.scratch)
		done := err != nil || kept.has(h.found) && !h.mayGrow(list) || !needed(committed, h.found) || h.gone && (h.empty() || g.compressed(h))
		switch {
		case done && err != nil:
			g.leaveOut(h.found)
		case done && h.gone && h.empty() && h.size > 0 && needed(committed, h.found):
			g.noteMissed(h.found) // there is nothing to copy that could tell
		}
		if done {
			h.handle.Close()
		}
		return done
	})
}

// copy puts a file into the guard's own directory, or, where there is no room, gives it up if nothing else keeps it. For one
// that still has a name nothing is given up: that would be a certain loss to prevent a possible one. It tells whether
// anything has changed.
func (g *guard) copy(h *held, list listing, committed []*cursor) bool {
	switch {
	case !h.gone && (g.stopping() || !g.hasRoomFor(h.info.size, list, committed)):
		return false
	case h.gone && !g.makeRoomFor(h.info.size, list, committed):
		g.giveUpOpen(h, list)
		return true
	}
	g.markLeftOut(h.found, list)
	path := filepath.Join(g.in.cfg.GuardDir, h.copyName(g.in.base(), g.seq+1))
	if err := g.in.sys.Copy(h.handle, h.info.size, h.last, path); err != nil {
		h.retryAt = g.in.sys.Now().Add(retryCopy)
		g.in.notice("guard_failed", g.in.base(), "copy log file that is deleted before all have read it", "error", reason(err))
		return h.gone // files may have been given up for it
	}
	h.copied = h.info.size
	g.news = changed
	g.seq++
	return true
}
