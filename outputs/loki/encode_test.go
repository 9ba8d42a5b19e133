package loki

import (
	"bytes"
	"strings"
	"testing"

	"github.com/grafana/loki/pkg/push"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs/outputtest"
)

// filled is an Output with the events as items.
func filled(t testing.TB, events []event.Event) *Output {
	o := start(t).output(t)
	o.begin(events)
	return o
}

// Loki's own types must read what is written, and write the same bytes.
func sameAsGenerated(t *testing.T, o *Output) push.PushRequest {
	t.Helper()
	var size [shards]int
	got := appendRequest(nil, o.items, o.labels, &size)
	var request push.PushRequest
	if err := request.Unmarshal(got); err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	want, err := request.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("written otherwise than by the generated types:\n%q\n%q", got, want)
	}
	if sum := size[0] + size[1] + size[2] + size[3]; sum != len(got) {
		t.Errorf("%d bytes are counted, %d written", sum, len(got))
	}
	return request
}

func TestRequestIsWhatGeneratedTypesWrite(t *testing.T) {
	events := outputtest.Events(t)
	o := filled(t, events)
	request := sameAsGenerated(t, o)
	entries := 0
	seen := map[string]bool{}
	for _, s := range request.Streams {
		if seen[s.Labels] {
			t.Errorf("%s is in the request twice", s.Labels)
		}
		seen[s.Labels] = true
		for i, e := range s.Entries {
			entries++
			if i > 0 && e.Timestamp.Before(s.Entries[i-1].Timestamp) {
				t.Errorf("%s: entry %d is older than the one before", s.Labels, i)
			}
		}
	}
	if entries != len(events) {
		t.Errorf("%d entries for %d events", entries, len(events))
	}
}

func TestRequestLeavesOutWhatIsSettled(t *testing.T) {
	events := at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z", "")
	o := filled(t, events)
	o.items[1].accepted = true // of the sorted items, of which the one without a time is the first
	var size [shards]int
	var request push.PushRequest
	if err := request.Unmarshal(appendRequest(nil, o.items, o.labels, &size)); err != nil {
		t.Fatal(err)
	}
	if len(request.Streams) != 1 || len(request.Streams[0].Entries) != 1 || !strings.Contains(request.Streams[0].Entries[0].Line, events[1].ID.String()) {
		t.Errorf("got %v", request)
	}
}

// Lengths of one to four bytes, wherever room was left for another number of them.
func TestEndWritesShortestLength(t *testing.T) {
	for _, size := range []int{0, 1, 127, 128, 16383, 16384, 2097151, 2097152} {
		for width := 1; width <= 3; width++ {
			content := bytes.Repeat([]byte{'x'}, size)
			buf, start := begin([]byte("before"), tagLine, width)
			buf = append(end(append(buf, content...), start, width), "after"...)
			want := append(appendString([]byte("before"), tagLine, string(content)), "after"...)
			if !bytes.Equal(buf, want) {
				t.Errorf("%d bytes, room of %d: wrong", size, width)
			}
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, e := range outputtest.Events(f) {
		f.Add(e.Raw, int64(1), true)
	}
	f.Add([]byte(`{"kind":"Event","auditID":"\ud800","verb":"\u0000","user":{"username":"`+strings.Repeat("ü", 3000)+`"},"stageTimestamp":"1970-01-01T00:00:00Z"}`), int64(0), false)
	var decoder event.Decoder
	labels := labelSets(map[string]string{"cluster": "prod"})
	f.Fuzz(func(t *testing.T, raw []byte, id int64, bare bool) {
		var e event.Event
		if decoder.Decode(raw, &e) != nil {
			return
		}
		e.ID, e.Client, e.Actor = event.Sum(raw), e.Text(event.UserAgent), event.Actor{Kind: event.Human, Name: e.User.Username}
		o := &Output{labels: labels}
		o.begin([]event.Event{e, e})
		o.items[0].bare = bare
		request := sameAsGenerated(t, o)
		for _, s := range request.Streams {
			for _, entry := range s.Entries {
				checkEntry(t, &e, entry)
			}
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	events := outputtest.Events(b)
	o := filled(b, events)
	bytes := 0
	for i := range events {
		bytes += events[i].Size()
	}
	for name, compressed := range map[string]bool{"encode": false, "encode+snappy": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				var size [shards]int
				o.begin(events)
				o.body = appendRequest(o.body[:0], o.items, o.labels, &size)
				if compressed {
					o.compressed = compress(o.compressed[:0], o.body)
				}
			}
		})
	}
}

func TestEncodingDoesNotAllocate(t *testing.T) {
	events := outputtest.Events(t)
	o := filled(t, events)
	encode := func() {
		var size [shards]int
		o.begin(events)
		o.body = appendRequest(o.body[:0], o.items, o.labels, &size)
		o.compressed = compress(o.compressed[:0], o.body)
	}
	encode()
	if n := testing.AllocsPerRun(10, encode); n > 0 {
		t.Errorf("%v allocations for %d events", n, len(events))
	}
}
