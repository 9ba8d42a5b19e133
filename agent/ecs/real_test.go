package ecs

import (
	"bufio"
	"bytes"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
)

// realRecords are the records that package event has for all tests.
func realRecords(tb testing.TB) (records [][]byte) {
	tb.Helper()
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data))
	for lines.Scan() {
		records = append(records, bytes.Clone(lines.Bytes()))
	}
	return records
}

// decode makes an enriched event of a record; false where it is none.
func decode(record []byte) (*event.Event, bool) {
	e := new(event.Event)
	if new(event.Decoder).Decode(record, e) != nil {
		return nil, false
	}
	e.ID = event.Sum(record)
	enrich.New(enrich.Config{Cluster: "prod-eu", Node: "cp-1"}).Enrich(e, nil)
	return e, true
}

func mustDecode(tb testing.TB, record string) *event.Event {
	tb.Helper()
	e, ok := decode([]byte(record))
	if !ok {
		tb.Fatalf("no event: %s", record)
	}
	return e
}

const stream = "logs-kubernetes.audit_logs-default"

// shape is the shipped form of an event.
func shape(e *event.Event) []byte {
	New(stream).Shape(e, nil)
	return e.AppendJSON(nil)
}

// allEvents are the real records as events.
func allEvents(tb testing.TB) (events []event.Event) {
	tb.Helper()
	for _, record := range realRecords(tb) {
		events = append(events, *mustDecode(tb, string(record)))
	}
	return events
}
