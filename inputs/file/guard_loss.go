package file

import (
	"maps"
	"slices"
)

// findHole leaves a note if files may have come and gone unseen since the last pass: retention deletes the oldest first,
// so as long as the file that was newest then has a name, so have all that came after it. It tells whether that is settled:
// where not all could be looked at, the file may be what could not.
func (g *guard) findHole(list listing) (settled bool) {
	a := g.anchor
	if a == nil {
		g.findNext(list)
		return true
	}
	n := note{Name: g.in.base(), Size: -1, First: a.last, Last: g.in.sys.Now(), Reason: "deleted before they were seen, while the retention guard did not run or was too slow"}
	key := g.keyNow(list)
	for _, f := range list.files {
		named := f.named()
		if named && (f.key() == key || f.info.inode == a.info.inode && f.birth == a.birth) {
			return true
		}
		if named && f.kind != live && n.Last.After(f.head.first) && !f.head.first.IsZero() {
			n.Last = f.head.first
		}
	}
	if g.line.accounts(list) {
		return true // it was not retention that deleted it, or the clock was stepped
	}
	if list.trouble != nil {
		return false
	}
	g.anchor, g.since = nil, n.Last
	g.line.mark(list)
	g.in.notice("guard_too_late", g.in.base(), "files were deleted before they could be linked", "since", a.last)
	g.seq++
	g.leave(n, g.seq)
	return true
}

// missed is a needed file that was deleted between a listing and its keeping.
type missed struct {
	found
	absent int // listings in a row
}

func (g *guard) miss(f found) {
	if !slices.ContainsFunc(g.missed, func(m missed) bool { return m.key() == f.key() }) {
		g.missed = append(g.missed, missed{f, 0})
	}
}

// maxLeftOut is how many files are watched that are needed and can't be kept.
const maxLeftOut = 1024

// leaveOut remembers a needed file that can't be held open: there are too many, say. It may be deleted any time.
func (g *guard) leaveOut(f found) {
	g.line.torn = true
	switch at := slices.IndexFunc(g.leftOut, func(o found) bool { return f.is(o) }); {
	case at >= 0:
		g.leftOut[at] = f
	case len(g.leftOut) < maxLeftOut:
		g.leftOut = append(g.leftOut, f)
	default:
		g.noteMissed(f) // early: nobody is told of a note as long as the file is there
	}
}

// takeIn is the opposite, for a file that is held open now.
func (g *guard) takeIn(f found) {
	g.leftOut = slices.DeleteFunc(g.leftOut, func(o found) bool { return f.is(o) })
}

// missLeftOut looks which of them are gone.
func (g *guard) missLeftOut(list listing) {
	committed := g.committed()
	g.leftOut = slices.DeleteFunc(g.leftOut, func(f found) bool {
		want, there := needed(committed, f), list.stillHas(f)
		if want && !there {
			g.miss(f)
		}
		return !want || !there
	})
}

// tellMissed leaves a note about files that are missing for good: a reader that is blocked has perhaps never seen them, and
// while what is older is kept it will not notice. One listing can miss a file that is being renamed.
func (g *guard) tellMissed(list listing) {
	if !list.sound() {
		return
	}
	g.missLeftOut(list)
	var absent []missed
	for _, m := range g.missed {
		if m.absent++; list.stillHas(m.found) {
			continue // under another name
		}
		if m.absent < 2 {
			absent = append(absent, m)
			continue
		}
		g.noteMissed(m.found)
	}
	g.missed = absent
}

// markLeftOut leaves notes of what is older than what is about to be copied and is not kept in a way that outlives this guard: it
// can't be held, or it is merely open. The copy would hide from the next guard that it is gone. Nobody is told of a note as long
// as the file is there. Of a copy that is under way there is none: readers would take it for a file of its own by that.
func (g *guard) markLeftOut(h found, list listing) {
	older := slices.Clone(g.leftOut)
	for _, o := range g.held {
		if !o.gone {
			older = append(older, o.found)
		}
	}
	kept := list.kept()
	for _, f := range older {
		if f.head.length > 0 && f.older(h) && !kept.has(f) && !g.noted(f, list) && !list.copying(f, g.in.sys.Now()) {
			g.seq++
			n := missedNote(g.in, f)
			n.Left = true
			g.leave(n, g.seq)
		}
	}
}

// noted tells whether there is a note about a file, or will be.
func (g *guard) noted(f found, list listing) bool {
	return slices.ContainsFunc(list.files, func(o found) bool { return o.kind == lost && o.key() == f.key() }) ||
		slices.ContainsFunc(slices.Collect(maps.Values(g.owed)), func(n note) bool { return n.ID == f.head.id })
}

// older tells, by their names, whether a backup was made before another file.
func (f found) older(than found) bool {
	switch {
	case f.kind == live || f.kind != than.kind:
		return f.kind != live && than.kind == live
	case f.kind == logrotate:
		return f.number > than.number
	}
	return f.time.Before(than.time)
}

func (g *guard) noteMissed(f found) {
	g.in.notice("guard_too_late", f.file, "file was deleted before it could be kept", "bytes", f.size)
	g.seq++
	g.leave(missedNote(g.in, f), g.seq)
}

func missedNote(in *Input, f found) note {
	n := note{Name: in.base(), ID: f.head.id, Length: f.head.length, Whole: f.head.whole, Size: f.size,
		First: f.head.first, Last: in.sys.Now(), Reason: "deleted before the retention guard could keep it"}
	if f.kind != lumberjack && !f.gz || f.head.length == 0 {
		n.Size = -1 // it may have grown, or it was damaged
	}
	return n
}

// stillHas tells whether a file that was listed before is still there, perhaps under another name.
func (list listing) stillHas(f found) bool {
	return slices.ContainsFunc(list.files, func(o found) bool { return !o.note.Left && o.is(f) })
}

// is tells whether this is what was listed before as another, which may not have had its first line yet.
func (f found) is(before found) bool {
	return f.key() == before.key() || !before.head.whole && f.node() == before.node()
}

// findNext does the same where a hole was told, and no file was there since to stand for the next: whoever counts knows all
// the same.
func (g *guard) findNext(list listing) {
	if g.since.IsZero() || list.trouble != nil || list.at.span == 0 || list.at.span != g.line.at.span || g.line.accounts(list) {
		return
	}
	now := g.in.sys.Now()
	n := note{Name: g.in.base(), Size: -1, First: g.since, Last: now, Reason: "deleted before they were seen: the retention guard was too slow"}
	g.since = now
	g.line.mark(list)
	g.in.notice("guard_too_late", g.in.base(), "files were deleted before they could be linked", "since", n.First)
	g.seq++
	g.leave(n, g.seq)
}

// keyNow is the key of the anchor, which may have been empty when it was seen last, and be compressed by now: its link
// knows, or the handle.
func (g *guard) keyNow(list listing) fileKey {
	a := g.anchor
	for _, f := range list.files {
		if f.kind == guarded && f.info.inode == a.info.inode && f.birth == a.birth {
			return f.key()
		}
	}
	if g.handle != nil && !a.head.whole {
		if h, err := readHead(&sequential{g.handle, 0}, g.lister.scratch); err == nil {
			a.head = h
		}
	}
	return a.key()
}
