package elasticsearch

import (
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// window is how many batches in a row must hold nothing known before the replay counts as over: one for each Write, one
// for the order in which the present Writes end, one to be sure. Batches are
// those of the present configuration: with larger ones before the crash, it may end too soon.
const window = writes + 2

// blindWindow is how many bytes count as unchecked if nothing can be looked up: what a fast pipeline delivers in the second
// between two commits.
const blindWindow = 128 << 20

// patience is how long unreachable indices of the data stream hold up delivery. Then the events in doubt are created.
const patience = 5 * time.Minute

// accept decides whether to go on although the look-up ended with a fault.
func (d *doubts) accept(fault *outputs.Fault) (unchecked bool, _ *outputs.Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch fault.Reason {
	case unauthorized, refused:
		d.tell("look up events in the data stream: refused, so repeats may show twice if it was rolled over; grant the right read",
			"fault", fault.Error())
		d.blind = true
		return true, nil
	case partlySeen:
		if d.partly.IsZero() {
			d.partly = time.Now()
		}
		if time.Since(d.partly) < patience {
			return false, fault
		}
		d.tell("look up events in the data stream: some of its indices can't be reached, so repeats may show twice")
		return true, nil
	}
	return false, fault
}

// settle takes in what became of the events. fault is what ended the Write early.
func (d *doubts) settle(w *write, fault *outputs.Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	lost := fault != nil && unknown(fault)
	arose := false
	for i := range w.fates {
		f, id := &w.fates[i], w.events[i].ID
		switch {
		case f.verdict == waiting && lost, f.verdict == failed && unknown(f.fault):
			d.unsettled[id] = struct{}{}
			arose = true
		case len(d.unsettled) > 0 && f.verdict != waiting && f.verdict != failed:
			delete(d.unsettled, id)
		}
		d.follow(f.verdict, &w.events[i])
	}
	if arose {
		d.epoch++
	}
}

// follow watches for the end of the replay.
func (d *doubts) follow(v verdict, e *event.Event) {
	if !d.replay {
		return
	}
	switch v {
	case duplicate:
		d.quiet = 0
	case accepted:
		d.quiet += min(e.Size(), d.batch)
	}
	if d.blind {
		d.replay = d.quiet < blindWindow
	} else {
		d.replay = d.quiet < window*d.batch
	}
}

// tell logs once.
func (d *doubts) tell(text string, fields ...any) {
	if !d.told[text] {
		d.told[text] = true
		d.log.Warn(text, append([]any{"data_stream", d.stream}, fields...)...)
	}
}
