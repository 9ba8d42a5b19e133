package redact

import (
	"bytes"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// realEvents are the lines of agent/event/testdata/real.jsonl that a function wants.
func realEvents(t testing.TB, want func(e *event.Event) bool) (events []event.Event, size int) {
	t.Helper()
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if e := decode(t, string(bytes.TrimRight(line, "\n"))); want(e) {
			events, size = append(events, *e), size+len(e.Raw)
		}
	}
	return events, size
}

func hasBody(e *event.Event) bool { return e.Has(event.RequestObject) || e.Has(event.ResponseObject) }

// BenchmarkRedact redacts the real lines that have a body, 3 KB on average: as the agent does, which knows what is quiet in them,
// and without that.
func BenchmarkRedact(b *testing.B) {
	events, size := realEvents(b, hasBody)
	b.Run("whole", func(b *testing.B) { benchmarkRedact(b, events, size) })
	d := event.Decoder{Notable: Notable}
	for i := range events {
		if err := d.Decode(events[i].Raw, &events[i]); err != nil {
			b.Fatal(err)
		}
		events[i].Marks = events[i].Marks.Clone()
	}
	b.Run("marked", func(b *testing.B) { benchmarkRedact(b, events, size) })
}

func benchmarkRedact(b *testing.B, events []event.Event, size int) {
	r := redactor(b, Config{})
	buffer := make([]byte, 0, 1<<20)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			if _, err := r.Redact(&e, buffer, false); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// BenchmarkDecode decodes the same lines, to compare.
func BenchmarkDecode(b *testing.B) {
	events, size := realEvents(b, hasBody)
	var d event.Decoder
	var e event.Event
	b.SetBytes(int64(size))
	for b.Loop() {
		for i := range events {
			if err := d.Decode(events[i].Raw, &e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// BenchmarkMetadata passes over the real lines without a body.
func BenchmarkMetadata(b *testing.B) {
	events, _ := realEvents(b, func(e *event.Event) bool { return !hasBody(e) })
	r := redactor(b, Config{})
	suspects := 0
	b.ReportAllocs()
	for b.Loop() {
		suspects = 0
		for i := range events {
			if r.suspects(&events[i]) {
				suspects++
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
	b.ReportMetric(float64(suspects)/float64(len(events)), "suspects")
}

// BenchmarkSecrets redacts a list of 100 Secrets.
func BenchmarkSecrets(b *testing.B) {
	list := `"responseObject":{"kind":"SecretList","items":[` + string(bytes.Repeat([]byte(`{"metadata":{"name":"a"},"data":{"user":"YWRtaW4=","password":"aHVudGVyMg=="}},`), 100)) + `{}]}`
	e := decode(b, head+list+"}")
	r := redactor(b, Config{})
	buffer := make([]byte, 0, 1<<20)
	b.SetBytes(int64(len(e.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		e := *e
		if _, err := r.Redact(&e, buffer, false); err != nil {
			b.Fatal(err)
		}
	}
}
