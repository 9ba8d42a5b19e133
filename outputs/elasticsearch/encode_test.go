package elasticsearch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/outputtest"
)

const record = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"a","stage":"ResponseComplete",` +
	`"verb":"create","user":{"username":"jane"},"requestObject":{"k":"v"}%s}`

func at(times string) string { return fmt.Sprintf(record, times) }

// TestBulkBody holds the body of a request against testdata/bulk.ndjson, byte by byte.
func TestBulkBody(t *testing.T) {
	trimmed := decode(t, at(`,"stageTimestamp":"2026-11-23T00:00:00.000000Z"`))
	trimmed.Trimmed = event.Bodies
	events := []event.Event{
		decode(t, at(`,"requestReceivedTimestamp":"2026-11-22T23:59:59.1Z","stageTimestamp":"2026-11-22T23:59:59.999999Z"`)),
		trimmed,
		decode(t, at(`,"requestReceivedTimestamp":"2026-11-22T23:59:59.100000Z"`)),
		decode(t, at(``)),
	}
	var got bytes.Buffer
	for _, n := range []encoder{{pattern: pattern{"audit-", "%Y", ".", "%m", ".", "%d"}}, {name: "stream"}} {
		fmt.Fprintln(&got, n.begin(&events[0]))
		for i := range events {
			got.Write(n.encode(nil, &events[i], whole))
		}
	}
	path := filepath.Join("testdata", "bulk.ndjson")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("differs from %s; got\n%s", path, got.Bytes())
	}
}

// TestBulkBare: an event that keeps the shape of another agent has its timestamp behind what that agent added.
func TestBulkBare(t *testing.T) {
	e := decode(t, at(`,"stageTimestamp":"2026-11-22T23:59:59.999999Z"`))
	e.Shape = event.Shape{Bare: true, Tail: []byte(`"@log_name":"audit"`)}
	got := (&encoder{name: "stream"}).encode(nil, &e, whole)
	want := at(`,"stageTimestamp":"2026-11-22T23:59:59.999999Z","@log_name":"audit","@timestamp":"2026-11-22T23:59:59.999999Z"`) + "\n"
	if _, document, _ := bytes.Cut(got, []byte("\n")); string(document) != want {
		t.Errorf("got %s, want %s", document, want)
	}
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	events := outputtest.Events(t)
	for name, n := range encoders() {
		b := newBody(true)
		encodeAll(n, b, events)
		if allocs := testing.AllocsPerRun(10, func() { encodeAll(n, b, events) }); allocs > 2 { // one reader, one index name
			t.Errorf("%s: %v allocations for %d events", name, allocs, len(events))
		}
	}
}

var whole = &fate{} // of an event that was not refused

func encoders() map[string]*encoder {
	return map[string]*encoder{"stream": {name: "stream"}, "index": {pattern: pattern{"audit-", "%Y", ".", "%m", ".", "%d"}}}
}

func encodeAll(n *encoder, b *body, events []event.Event) {
	n.begin(&events[0])
	b.begin()
	for i := range events {
		b.add(n.encode(b.room(events[i].Size()+beside), &events[i], whole))
	}
	b.end().Close()
}

// BenchmarkEncode tells how fast a request body is made, compression included.
func BenchmarkEncode(b *testing.B) {
	events := outputtest.Events(b)
	size := 0
	for i := range events {
		size += events[i].Size()
	}
	for _, compressed := range []bool{false, true} {
		for name, n := range encoders() {
			b.Run(fmt.Sprintf("%s/compressed=%v", name, compressed), func(b *testing.B) {
				to := newBody(compressed)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					encodeAll(n, to, events)
				}
			})
		}
	}
}
