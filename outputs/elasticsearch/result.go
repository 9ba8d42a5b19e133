package elasticsearch

import "github.com/auditship/auditship/outputs"

// result is what Write returns. fault is what ended it early; nil: every event has a verdict.
func (w *write) result(fault *outputs.Fault, unchecked bool) (outputs.Ack, error) {
	stored, ack := w.count(unchecked)
	if fault != nil && w.all(waiting) {
		w.restore()
		return outputs.Ack{}, fault
	}
	if stored > 0 {
		w.out.takes.Store(true)
	} else if len(w.events) > 1 && w.all(rejected) {
		w.out.takes.Store(false)
	}
	failures := w.failures(fault)
	w.restore()
	if len(failures) > 0 {
		return ack, &outputs.PartialError{Failures: failures}
	}
	return ack, nil
}

func (w *write) count(unchecked bool) (stored int, ack outputs.Ack) {
	for i := range w.fates {
		switch f := &w.fates[i]; f.verdict {
		case duplicate:
			ack.Duplicates++
			stored++
		case accepted:
			stored++
			if unchecked && f.looked {
				ack.Unchecked++
			}
			if f.step > 0 {
				ack.Trimmed++
			}
		}
	}
	return stored, ack
}

func (w *write) all(v verdict) bool {
	for i := range w.fates {
		if w.fates[i].verdict != v {
			return false
		}
	}
	return true
}

func (w *write) failures(fault *outputs.Fault) []outputs.Failure {
	var failures []outputs.Failure
	for i := range w.fates {
		switch f := &w.fates[i]; f.verdict {
		case waiting:
			failures = append(failures, outputs.Failure{Index: i, Err: fault})
		case failed:
			failures = append(failures, outputs.Failure{Index: i, Err: f.fault})
		case rejected:
			failures = append(failures, outputs.Failure{Index: i, Err: w.blame(f.fault)})
		}
	}
	return failures
}

// blame decides who is at fault that an event was refused, however little of it was sent. It is the event, if the server has set
// it aside itself, or if the destination takes others. Else the destination is to blame, for of the last form nothing is the
// event's own but time and ID, and giving up would turn the whole log into dead letters: then it is retried, with an alarm.
func (w *write) blame(fault *outputs.Fault) *outputs.Fault {
	if fault.Reason == failureStore || fault.Reason == ingestDrop || w.out.takes.Load() {
		fault.Permanent = true
	} else {
		fault.Blocked = true
	}
	return fault
}

// restore gives events that were not stored their fields back: the next try must send them whole.
func (w *write) restore() {
	for i := range w.fates {
		if v := w.fates[i].verdict; v != accepted && v != duplicate {
			w.events[i].Trimmed = w.fates[i].trimmed
		}
	}
}
