package file

import "slices"

// maxHeld is how many files a reader keeps open where the guard can't link.
const maxHeld = 64

// wants tells whether a file shall be open: the log and one without a complete line always, since only that tells them from
// others (see matchHandle); what is to be read only where no guard keeps it, within its budget.
func (r *reader) wants(e *entry) bool {
	guarded := r.in.cfg.GuardDir != "" || r.in.guarding.Load()
	return e.Live || !e.Whole && !e.Done || !guarded && (e.unread() || e.torn())
}

// spare tells whether a file need not be open any more, since the guard has a link to it, or has it open, too.
func (r *reader) spare(e *entry) bool {
	ours := func(f found) bool { return f.info.inode == e.opened }
	linked := func(f found) bool { return f.kind == guarded && ours(f) }
	return e != r.cur && e.handle != nil && !r.wants(e) &&
		(slices.ContainsFunc(e.places, linked) || r.holding != nil && slices.ContainsFunc(*r.holding, ours))
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
		if held < maxHeld && e.handle == nil && len(e.places) > 0 && r.wants(e) && r.open(e) == nil {
			held++
		}
	}
}
