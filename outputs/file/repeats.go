package file

import "github.com/auditship/auditship/agent/event"

// repeats knows the events that are in the file although they were not acknowledged: those of before a crash, and those
// that a Write made durable before it failed. There are as many as the agent ships between two commits.
//
// Those of before a crash come again in the order in which they stand there, but for those that were committed in the
// meantime.
type repeats struct {
	lines []line           // from before a crash
	index map[event.ID]int // of these; nil: none will come again
	ahead int              // the lines before this one came again, or never will

	durable []event.ID            // through this attempt
	own     map[event.ID]struct{} // through earlier attempts of the same Write

	news             int // events since the restart of which none was there
	metNow, aheadNow int // how many came again in this attempt, and ahead with it
}

// patience is how many events may come before the first that is there. There are some if the backups that held them are
// removed already; they are no more than what is shipped between two commits.
const patience = 1 << 17

// line is one whole line.
type line struct {
	id    event.ID
	after string // state.After of its file
	end   int64  // offset behind it
}

// expect takes over what may come again.
func (r *repeats) expect(lines []line) {
	r.lines, r.index = lines, nil
	if len(lines) == 0 {
		return
	}
	r.index = make(map[event.ID]int, len(lines))
	for i := range lines {
		r.index[lines[i].id] = i
	}
}

// pending tells whether some of before a crash may still come, and which of them came last; nil: none yet.
func (r *repeats) pending() (last *line, pending bool) {
	if r.index == nil || r.ahead == 0 {
		return nil, r.index != nil
	}
	return &r.lines[r.ahead-1], true
}

// wrote remembers events that are durable now, in case this attempt fails further on.
func (r *repeats) wrote(ids []event.ID) { r.durable = append(r.durable, ids...) }

// failed ends an attempt: the same events come again, and what is durable of them is not written again.
func (r *repeats) failed() {
	for _, id := range r.durable {
		if r.own == nil {
			r.own = map[event.ID]struct{}{}
		}
		r.own[id] = struct{}{}
	}
	r.metNow, r.aheadNow, r.durable = 0, r.ahead, r.durable[:0]
}

// succeeded ends the Write and returns how many of its events were there from before a crash. When all of these have come,
// or no more of them come, they are forgotten.
func (r *repeats) succeeded() int {
	met := r.metNow
	r.ahead = r.aheadNow
	if r.ahead == len(r.lines) || met == 0 && (r.ahead > 0 || r.news > patience) {
		r.lines, r.index, r.ahead = nil, nil, 0
	}
	r.own, r.durable = nil, r.durable[:0]
	r.metNow, r.aheadNow = 0, r.ahead
	return met
}

func (r *repeats) has(id event.ID) bool {
	if _, own := r.own[id]; own {
		return true
	}
	i, there := r.index[id]
	if !there {
		r.news++
		return false
	}
	r.metNow++
	r.aheadNow = max(r.aheadNow, i+1)
	return true
}
