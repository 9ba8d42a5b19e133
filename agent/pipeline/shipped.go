package pipeline

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
)

// An event that an agent has shipped before keeps its ID and what was added to it. Who acted and with what is found out anew, for
// outputs that want to know.

var redactedKey = []byte(`,"redacted":[`)

// wasRedacted tells whether an agent has taken something out of the event: hashes must not be hashed again.
func wasRedacted(record inputs.Record) bool {
	return record.Shipped != nil && bytes.Contains(record.Shipped, redactedKey)
}

// keep appends what was added to the event instead of what we would add, with what we have redacted.
func keep(e *event.Event, dst []byte, record inputs.Record) []byte {
	e.ID = record.ID
	dst = append(dst, record.Shipped...)
	if e.Redacted != nil {
		dst = append(append(dst, `,"redacted":`...), e.Redacted...)
	}
	return dst
}

// sum gives IDs to the events that have none yet.
func sum(events []event.Event) {
	for len(events) > 0 {
		n := 0
		for n < len(events) && events[n].ID == (event.ID{}) {
			n++
		}
		event.SumAll(events[:n])
		for n < len(events) && events[n].ID != (event.ID{}) {
			n++
		}
		events = events[n:]
	}
}
