package deadletter

import "github.com/auditship/auditship/agent/event"

// generation is how many IDs a generation of recent takes.
const generation = 1 << 16

// recent remembers the IDs of at least the latest letters, in bounded memory. What comes again after a crash was set aside
// moments before it.
type recent struct{ now, before map[event.ID]struct{} }

func newRecent() recent { return recent{now: map[event.ID]struct{}{}} }

func (r *recent) has(id event.ID) bool {
	_, now := r.now[id]
	_, before := r.before[id]
	return now || before
}

func (r *recent) add(id event.ID) {
	if len(r.now) == generation {
		r.now, r.before = make(map[event.ID]struct{}, generation), r.now
	}
	r.now[id] = struct{}{}
}

func (r *recent) forget(ids []event.ID) {
	for _, id := range ids {
		delete(r.now, id)
		delete(r.before, id)
	}
}
