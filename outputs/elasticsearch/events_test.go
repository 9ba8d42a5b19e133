package elasticsearch

import (
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/outputtest"
)

// decode makes an event of a record.
func decode(t testing.TB, record string) event.Event {
	t.Helper()
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatal(err)
	}
	e.ID = event.Sum(e.Raw)
	e.Enrichment = []byte(`{"id":"` + e.ID.String() + `"`)
	return e
}

// some are n real events, at most as many as there are.
func some(t testing.TB, n int) []event.Event {
	t.Helper()
	return outputtest.Events(t)[:n]
}

// withBodies are real events that have a body, each of other bytes.
func withBodies(t testing.TB, n int) (found []event.Event) {
	t.Helper()
	for _, e := range outputtest.Events(t) {
		if (e.Has(event.RequestObject) || e.Has(event.ResponseObject)) && len(found) < n {
			found = append(found, e)
		}
	}
	if len(found) < n {
		t.Fatalf("only %d events have bodies", len(found))
	}
	return found
}
