package file

import "slices"

// maxHeld is how many files a reader, and the guard, keep open where the guard can't link.
const maxHeld = 64

// wants tells whether a file shall be open: the log and one without a complete line always, since only that tells them from
// others (see matchHandle); what is to be read, as long as the guard does not keep it, within its budget.
func (r *reader) wants(e *entry) bool {
	return e.Live || !e.Whole && !e.Done || (e.unread() || e.torn()) && r.unguarded(e)
}

// unguarded tells whether the guard runs, or there is none, and it has not come to a file yet. A reader that is blocked will
// not look again when it has: so nothing is opened before the guard runs.
func (r *reader) unguarded(e *entry) bool {
	if r.in.cfg.GuardDir == "" {
		return !r.in.guarding.Load()
	}
	return r.holding != nil && !r.guards(e)
}

// guards tells whether the guard has a link to the very file, or has it open, too, or a copy that does not end before.
func (r *reader) guards(e *entry) bool {
	linked := func(p found) bool {
		return p.kind == guarded && (e.handle == nil || p.info.inode == e.opened)
	}
	held := func(h found) bool {
		return e.handle != nil && h.info.inode == e.opened || slices.ContainsFunc(e.places, func(p found) bool {
			return p.info.inode == h.info.inode && !p.endsBefore(e.Size)
		})
	}
	return slices.ContainsFunc(e.places, linked) || r.holding != nil && slices.ContainsFunc(*r.holding, held)
}

// spare tells whether a file need not be open any more.
func (r *reader) spare(e *entry) bool {
	return e != r.cur && e.handle != nil && !r.wants(e) && r.guards(e)
}

// hold keeps files open.
func (r *reader) hold() {
	held, bytes := 0, int64(0)
	for _, e := range r.files.entries {
		if e.handle != nil {
			held++
		}
		if e.handle != nil && e.missing > 0 {
			bytes += e.Size
		}
	}
	for _, e := range r.files.entries {
		if r.spare(e) || e != r.cur && e.copied(r.lister.scratch) {
			e.close() // what is deleted must not take space twice
		}
		if bytes > int64(r.in.cfg.GuardBytes) && e.handle != nil && e.missing > 0 && e != r.cur {
			bytes -= e.Size
			e.close()
		}
		if held < r.in.mostHeld && e.handle == nil && len(e.places) > 0 && r.wants(e) && r.open(e) == nil {
			held++
		}
	}
}
