package event

// lasting are the fields that TrimTo never leaves out: without them it is not an audit event, or it can't be told which.
const lasting = Fields(1<<Kind | 1<<APIVersion | 1<<Level | 1<<AuditID | 1<<Stage | 1<<Verb |
	1<<RequestReceivedTimestamp | 1<<StageTimestamp)

// TrimTo leaves out fields until Size is at most max: first both bodies, then the longest of the others, until nothing
// more can go. It reports whether the event fits. Kind, apiVersion, level, auditID, stage, verb and the two timestamps
// always stay.
func (e *Event) TrimTo(max int) bool {
	if e.Size() <= max {
		return true
	}
	e.Trimmed |= Bodies & e.present()
	for e.Size() > max {
		f, ok := e.longest(e.present() &^ (lasting | e.Trimmed))
		if !ok {
			return false
		}
		e.Trimmed |= 1 << f
	}
	return true
}

// present is the set of the fields that the record has.
func (e *Event) present() (set Fields) {
	for f := range NumFields {
		if e.Has(f) {
			set |= 1 << f
		}
	}
	return set
}

// longest is the field of the set that takes the most bytes.
func (e *Event) longest(set Fields) (longest Field, ok bool) {
	for rest := set; rest != 0; rest &= rest - 1 {
		f := first(rest)
		if !ok || e.Members[f].Value.Len() > e.Members[longest].Value.Len() {
			longest, ok = f, true
		}
	}
	return longest, ok
}
