package file

import (
	"cmp"
	"slices"
	"time"

	"github.com/auditship/auditship/inputs"
)

// gap is a loss that was not told yet, of the oldest file first; nil: there is none.
func (r *reader) gap() *inputs.GapError {
	for _, e := range r.files.entries {
		if !e.Done && e.missing > 1 && (r.files.mistaken(e) || r.drained(e)) {
			e.Done, r.states = true, nil
		}
		if g := r.loss(e); g != nil {
			// The guard knows of a file that it gave up; of those that came after the log, nobody may know.
			e.Done = g.To < 0 || e.given == "" || !e.Live
			e.Truncated, e.given, e.most, r.states = false, "", 0, nil
			switch { // what is told, and done with, is read if it comes back
			case !e.Done:
				e.Offset = max(e.Offset, g.To)
			case e.corrupt:
				e.Offset = max(e.Offset, e.Size)
			}
			return g
		}
	}
	return nil
}

// drained tells whether all of a log that lost its name was read through its handle, and nothing that came after it is
// missing.
func (r *reader) drained(e *entry) bool {
	if !e.Live || e.handle == nil || e.zipped || e.Truncated || e.given != "" || e.Offset < e.Size || !r.files.closed(e) || r.in.after(e) != seen || r.pending() {
		return false
	}
	i, err := e.handle.Stat()
	if err != nil || i.size != e.Offset {
		return false
	}
	same, err := e.head.stands(e.handle, r.lister.scratch)
	return err == nil && same
}

const onlyCopy = "deleted before it was read: all that is left is a copy that ends before"

func (r *reader) loss(e *entry) *inputs.GapError {
	switch {
	case e.Done || e.readable() && (e.unread() || e.torn()) && !e.corrupt:
		return nil
	case e.Truncated && (len(e.places) > 0 || e.missing > 1):
		return r.rest(e, "truncated in place: what was written between the copy and the truncation is lost")
	case e.corrupt && (len(e.places) == 0 || e.best().gz):
		return e.gap(-1, "corrupt or truncated gzip file")
	case r.left(e):
		return r.rest(e, "deleted without a rotation, and copied: its writer may have gone on with it while no agent had it open")
	case e.cut() && r.guardHolds(e):
		return nil
	case e.cut() && e.given != "" && r.final(e):
		return e.gap(e.most, e.given)
	case e.cut():
		return r.rest(e, cmp.Or(e.given, onlyCopy))
	case e.left && (e.missing < 2 || r.guardHolds(e)):
		return nil
	case e.given != "" && !e.readable() && (e.Size == 0 || e.Offset < e.Size):
		return r.givenUp(e)
	case e.missing > 1 && (e.handle != nil || !r.guardHolds(e)):
		return r.deleted(e)
	}
	return nil
}

// givenUp is the loss of a file that only a note of the guard tells of.
func (r *reader) givenUp(e *entry) *inputs.GapError {
	if e.Size == 0 {
		return &inputs.GapError{File: e.Name, From: -1, To: -1, First: e.First, Last: e.Last, Reason: e.given}
	}
	if (e.endless || parseName(r.in.base(), e.Name).kind == logrotate) && !r.final(e) {
		return r.rest(e, e.given) // its writer may have gone on with it
	}
	return e.gap(e.Size, e.given)
}

// deleted is the loss of a file that is nowhere any more.
func (r *reader) deleted(e *entry) *inputs.GapError {
	switch {
	case e.handle == nil && e.Size > e.Offset && !e.Live:
		if !r.final(e) {
			return r.rest(e, "deleted before it was read")
		}
		return e.gap(e.Size, "deleted before it was read")
	case e.handle != nil && (r.in.after(e) == coming || r.in.after(e) == seen && r.pending()):
		return nil
	case e.handle == nil || e.Live && r.files.closed(e):
		return r.unseen(e)
	}
	return nil
}

// left tells whether all that there is of a file is a copy that the guard of a previous run made of it, when it had been
// deleted by somebody else than its writer.
func (r *reader) left(e *entry) bool {
	return len(e.places) > 0 && !slices.ContainsFunc(e.places, func(p found) bool { return !p.open || p.seq > r.in.before.Load() })
}

// final tells whether a file can't have grown after it was last seen: its writer closed it before it got its name.
func (r *reader) final(e *entry) bool {
	n := parseName(r.in.base(), e.Name)
	return e.sealed || n.gz || n.kind == lumberjack
}

// guardHolds tells whether the guard could still copy the file when the reader last looked. A file that had no complete
// line when the guard looked, and has lost its name since, may be any.
func (r *reader) guardHolds(e *entry) bool {
	return r.holds(func(h found) bool { return e.is(h) || !h.head.whole })
}

// holds tells of the files that have lost their names since the guard opened them, whether there is one like this. One that
// had a name when the guard looked, and was not closed by its writer, may have been truncated since, and be any.
func (r *reader) holds(like func(found) bool) bool {
	return r.holding != nil && slices.ContainsFunc(*r.holding, func(h found) bool {
		return (h.info.links > 0 && !h.final() || like(h)) && !r.files.lists(h.info.inode)
	})
}

// pending tells whether the guard has a deleted file open that this reader has never seen. If its copy fails, and the agent
// dies, only what is not told yet can tell of it.
func (r *reader) pending() bool {
	return r.holds(func(h found) bool {
		return h.size > 0 && !slices.ContainsFunc(r.files.entries, func(e *entry) bool { return e.ID == h.head.id })
	})
}

// kept tells whether the guard may still copy a file that is gone: as long as it holds it, and does not know that it was
// read. If it was forgotten by then, it would be read again.
func (r *reader) kept(e *entry) bool {
	c := r.committed.Load()
	return c == nil || !slices.ContainsFunc(c.files, func(s fileState) bool { return s.Done && s.ID == e.ID }) ||
		r.holding != nil && slices.ContainsFunc(*r.holding, func(h found) bool { return h.head.id == e.ID })
}

// unseen is the loss of what may have been written after the last look: the file that was the log then is gone under
// any name, and with it perhaps others that nobody saw.
func (r *reader) unseen(e *entry) *inputs.GapError {
	g := r.rest(e, "deleted, and perhaps its successors, before they were seen")
	g.First = e.Last
	return g
}

// disorder is by how much a record may be older than one that was written before it: requests end side by side.
const disorder = time.Second

// rest is the loss of all that was written behind the offset, which may be more than was ever seen: until its writer turned
// to what is there now.
func (r *reader) rest(e *entry, reason string) *inputs.GapError {
	g := e.gap(-1, reason)
	g.Last = r.in.sys.Now()
	for _, o := range r.files.entries[r.files.index(e)+1:] {
		if len(o.places) > 0 && o.First.After(e.First) {
			g.Last = o.First.Add(disorder)
			break
		}
	}
	return g
}
