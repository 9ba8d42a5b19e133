package file

import "github.com/auditship/auditship/agent/event"

// repeats knows the events that are in the file although they were not acknowledged: those of before a crash, and those
// that a Write made durable before it failed. Those of before a crash come again in the order in which they stand there,
// so most of the time it is enough to look at the next one.
type repeats struct {
	ids  []event.ID            // from before a crash, not seen again yet from next on
	next int                   //
	set  map[event.ID]struct{} // of ids, made when they do not come in order: the configuration has changed

	mark  int // next when this attempt began
	found int // by this attempt

	durable []event.ID            // through this attempt
	own     map[event.ID]struct{} // through earlier attempts of the same Write
}

func (r *repeats) begin() { r.mark, r.found, r.durable = r.next, 0, r.durable[:0] }

// wrote remembers events that are durable now, in case this attempt fails further on.
func (r *repeats) wrote(ids []event.ID) { r.durable = append(r.durable, ids...) }

// failed ends an attempt: the same events come again, and what is durable of them is not written again.
func (r *repeats) failed() {
	r.next = r.mark
	for _, id := range r.durable {
		if r.own == nil {
			r.own = map[event.ID]struct{}{}
		}
		r.own[id] = struct{}{}
	}
	r.durable = r.durable[:0]
}

// succeeded ends the Write and returns how many of its events were there from before a crash.
func (r *repeats) succeeded() int {
	r.own = nil
	if r.next == len(r.ids) || r.set != nil && r.found == 0 {
		r.ids, r.next, r.set = nil, 0, nil
	}
	return r.found
}

func (r *repeats) has(id event.ID) bool {
	if _, own := r.own[id]; own {
		return true
	}
	if !r.before(id) {
		return false
	}
	r.found++
	return true
}

func (r *repeats) before(id event.ID) bool {
	if r.set == nil {
		if r.next == len(r.ids) {
			return false
		}
		if r.ids[r.next] == id {
			r.next++
			return true
		}
		r.set = make(map[event.ID]struct{}, len(r.ids))
		for _, known := range r.ids {
			r.set[known] = struct{}{}
		}
	}
	_, there := r.set[id]
	return there
}
