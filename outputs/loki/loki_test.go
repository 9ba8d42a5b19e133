package loki

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func mustWrite(t *testing.T, o *Output, events []event.Event) {
	t.Helper()
	if _, err := o.Write(t.Context(), events); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// The same events in other batches, from another instance, are the same entries in the same streams.
func TestEntriesDoNotDependOnBatches(t *testing.T) {
	events := outputtest.Events(t)
	keys := func(sizes func() int) map[string]int {
		s := start(t)
		got := map[string]int{}
		o := s.output(t)
		for rest := events; len(rest) > 0; {
			n := min(sizes(), len(rest))
			mustWrite(t, o, slices.Clone(rest[:n]))
			rest = rest[n:]
		}
		for _, request := range s.requests {
			for _, stream := range request.Streams {
				for _, e := range stream.Entries {
					got[kept{stream.Labels, e}.key()]++
				}
			}
		}
		return got
	}
	want := keys(func() int { return len(events) })
	if len(want) != len(events) {
		t.Fatalf("%d entries for %d events", len(want), len(events))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		if !maps.Equal(keys(func() int { return 1 + random.IntN(20) }), want) {
			t.Fatal("other batches made other entries")
		}
	}
}

func TestOldestGoesFirst(t *testing.T) {
	s := start(t)
	events := at(t, "2026-11-22T11:00:03Z", "2026-11-22T11:00:01Z", "2026-11-22T13:00:00Z", "2026-11-22T11:00:02Z")
	for i := range events {
		events[i].ID[0] = 0 // all in one shard
	}
	mustWrite(t, s.output(t), events)
	if len(s.requests) != 1 || len(s.requests[0].Streams) != 2 {
		t.Fatalf("got %v", s.requests)
	}
	var last time.Time
	for _, k := range s.kept {
		if k.Timestamp.Before(last) {
			t.Errorf("%v came after %v", k.Timestamp, last)
		}
		last = k.Timestamp
	}
}

func TestRequestsAreLimited(t *testing.T) {
	s := start(t)
	var events []event.Event
	for range 60 {
		events = append(events, outputtest.Events(t)...)
	}
	mustWrite(t, s.output(t), events)
	if s.count() < 5 {
		t.Errorf("%d requests", s.count())
	}
	for _, request := range s.requests {
		size := map[byte]int{}
		for _, stream := range request.Streams {
			shard := stream.Labels[len(stream.Labels)-3]
			for _, e := range stream.Entries {
				size[shard] += len(e.Line)
			}
		}
		for shard, n := range size {
			if n > maxPush {
				t.Errorf("shard %c gets %d bytes with one request", shard, n)
			}
		}
	}
}

func TestEventWithoutTimeIsADeadLetter(t *testing.T) {
	s := start(t)
	events := at(t, "2026-11-22T11:00:00Z", "", "9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-22T11:00:01Z")
	_, err := s.output(t).Write(t.Context(), events)
	wantFailures(t, err, map[int]string{1: "no_timestamp!", 2: "no_timestamp!", 3: "no_timestamp!"})
	if got := s.ids(); !slices.Equal(sorted(got), sorted([]string{events[0].ID.String(), events[4].ID.String()})) {
		t.Errorf("kept %v", got)
	}
}

func TestTimeOfRequestStandsIn(t *testing.T) {
	var decoder event.Decoder
	var e event.Event
	raw := []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"Panic","requestReceivedTimestamp":"2026-11-22T11:50:22.899722Z"}`)
	if err := decoder.Decode(raw, &e); err != nil {
		t.Fatal(err)
	}
	if got, ok := timeOf(&e); !ok || got.UnixNano() != 1795348222899722000 {
		t.Errorf("got %v, %t", got, ok)
	}
}

// wantFailures compares a *PartialError with what is wanted: index to reason, with a ! behind it where it is for good.
func wantFailures(t *testing.T, err error, want map[int]string) {
	t.Helper()
	var partial *outputs.PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v, want failures %v", err, want)
	}
	got := map[int]string{}
	last := -1
	for _, f := range partial.Failures {
		fault := outputs.FaultOf(f.Err)
		got[f.Index] = fault.Reason
		if fault.Permanent {
			got[f.Index] += "!"
		}
		if f.Index <= last {
			t.Errorf("index %d follows %d", f.Index, last)
		}
		last = f.Index
	}
	if !maps.Equal(got, want) {
		t.Errorf("failures %v, want %v", got, want)
	}
}

// Whatever comes late, again, or from a second pipeline: no entry of a stream is an hour behind another, within a week.
func TestNothingIsTooFarBehind(t *testing.T) {
	s := start(t)
	var times []string
	for i := range 26 * 6 { // six and a half days
		times = append(times, time.Date(2026, 11, 22, i, (i*37)%60, 59, 0, time.UTC).Format(time.RFC3339))
	}
	events := at(t, times...)
	o := s.output(t)
	mustWrite(t, o, slices.Clone(events))
	for _, e := range slices.Backward(events) {
		mustWrite(t, o, []event.Event{e})
	}
	if len(s.kept) != len(events) {
		t.Errorf("%d kept of %d", len(s.kept), len(events))
	}
	lastWeek := at(t, "2026-11-15T01:00:00Z", "2026-11-15T01:30:00Z")
	lastWeek[0].ID[0], lastWeek[1].ID[0] = events[1].ID[0], events[1].ID[0]
	_, err := o.Write(t.Context(), lastWeek)
	wantFailures(t, err, map[int]string{0: "too_far_behind!", 1: "too_far_behind!"})
}

// What came before the trouble is accepted, the rest is to be written again.
func TestTroubleInTheMiddle(t *testing.T) {
	s := start(t)
	n := 0
	s.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		if n++; n == 2 {
			w.Header().Set("Retry-After", "7")
			http.Error(w, "Ingestion rate limit exceeded for user secret-tenant", http.StatusTooManyRequests)
		}
		return n == 2
	}
	o := s.output(t)
	o.limit = 1 // an event for each shard and request
	events := at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z", "2026-11-22T11:00:02Z")
	for i := range events {
		events[i].ID[0] = 0
	}
	_, err := o.Write(t.Context(), events)
	wantFailures(t, err, map[int]string{1: "rate_limited", 2: "rate_limited"})
	var partial *outputs.PartialError
	errors.As(err, &partial)
	if f := outputs.FaultOf(partial.Failures[0].Err); f.RetryAfter != 7*time.Second || f.Detail != "status 429" {
		t.Errorf("got %+v", f)
	}
	mustWrite(t, o, events[1:])
	if len(s.ids()) != 3 {
		t.Errorf("kept %v", s.ids())
	}
}

func TestWriteEndsWithItsContext(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.before = func(http.ResponseWriter, *http.Request, int) bool { cancel(); return false }
	o := s.output(t)
	o.limit = 1
	events := at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z")
	for i := range events {
		events[i].ID[0] = 0
	}
	if _, err := o.Write(ctx, events); !errors.Is(err, context.Canceled) || s.count() > 1 {
		t.Errorf("got %v after %d requests", err, s.count())
	}
}

// A shard's bytes wait for its rate, and the wait ends with the context.
func TestRateIsKept(t *testing.T) {
	o := start(t).output(t, func(c *Config) { c.StreamRate = minStreamRate })
	ctx, cancel := context.WithCancel(t.Context())
	if err := o.wait(ctx, [shards]int{minStreamRate, 0, 1, 0}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := o.wait(ctx, [shards]int{2 * minStreamRate}); outputs.FaultOf(err).Reason != "interrupted" {
		t.Errorf("got %v", err)
	}
	if rate := start(t).output(t, func(c *Config) { c.StreamRate = 0 }).pace[3].Limit(); rate != defaultStreamRate {
		t.Errorf("default rate %v", rate)
	}
}

func ExampleConfig_Validate() {
	Config{URL: "loki:3100", Labels: map[string]string{"node": "a"}}.Validate(func(path, problem string) { fmt.Println(path+":", problem) })
	// Output:
	// url: must begin with https:// or http://
	// labels.node: is set by auditship: choose another name
}
