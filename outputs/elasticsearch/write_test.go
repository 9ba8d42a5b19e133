package elasticsearch

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// partial wants a *PartialError about n events, and gives their indexes and faults.
func partial(t *testing.T, err error, n int) (indexes []int, faults []*outputs.Fault) {
	t.Helper()
	var p *outputs.PartialError
	if !errors.As(err, &p) || len(p.Failures) != n {
		t.Fatalf("got %v, want a *PartialError about %d events", err, n)
	}
	for _, f := range p.Failures {
		indexes, faults = append(indexes, f.Index), append(faults, outputs.FaultOf(f.Err))
	}
	return indexes, faults
}

func TestHalfOfTheItemsFail(t *testing.T) {
	for status, kind := range map[int]string{429: overloaded, 503: unavailable, 403: unauthorized} {
		f, events := newFake(t), some(t, 10)
		var failing []string
		for i := 0; i < len(events); i += 2 {
			failing = append(failing, events[i].ID.String())
		}
		f.refuse = func(id string, _ []byte) (int, string) {
			if slices.Contains(failing, id) {
				return status, "some_exception"
			}
			return 0, ""
		}
		o := f.output(nil)
		_, err := o.Write(t.Context(), events)
		indexes, faults := partial(t, err, 5)
		if !slices.Equal(indexes, []int{0, 2, 4, 6, 8}) || faults[0].Reason != kind || faults[0].Permanent {
			t.Errorf("%d: got %v, %+v", status, indexes, faults[0])
		}
		failing = nil
		if ack, err := o.Write(t.Context(), events); err != nil || ack.Duplicates != 5 {
			t.Errorf("%d: again: %+v, %v", status, ack, err)
		}
	}
}

func TestRefusedBodiesAreLeftOut(t *testing.T) {
	f, events := newFake(t), withBodies(t, 3)
	poisoned := events[1].ID.String()
	f.refuse = func(id string, doc []byte) (int, string) {
		if id == poisoned && (bytes.Contains(doc, []byte(`"requestObject":`)) || bytes.Contains(doc, []byte(`"responseObject":`))) {
			return 400, "document_parsing_exception"
		}
		return 0, ""
	}
	ack, err := f.output(nil).Write(t.Context(), events)
	if err != nil || ack.Duplicates != 0 || len(f.arrived()) != 3 {
		t.Fatalf("got %+v, %v; %d arrived", ack, err, len(f.arrived()))
	}
	if events[0].Trimmed != 0 || events[1].Trimmed == 0 || events[1].Trimmed&^event.Bodies != 0 || events[2].Trimmed != 0 {
		t.Errorf("trimmed %b, %b, %b; want the bodies of the second only", events[0].Trimmed, events[1].Trimmed, events[2].Trimmed)
	}
	if ack.Trimmed != 1 {
		t.Errorf("%d are counted as trimmed", ack.Trimmed)
	}
	if len(f.sent) != 2 || !bytes.Contains(f.sent[1], []byte(`"trimmed":["re`)) {
		t.Errorf("%d requests, the last: %s", len(f.sent), f.sent[len(f.sent)-1])
	}
}

// What is refused for one field loses that, what is before it in steps, and nothing else.
func TestRefusedEventsAreTrimmedByAndBy(t *testing.T) {
	for poison, want := range map[event.Field]event.Fields{
		event.Annotations:      steps[3].leave,
		event.ImpersonatedUser: steps[4].leave,
		event.User:             steps[6].leave,
		event.RequestURI:       steps[8].leave,
	} {
		f := newFake(t)
		e := decode(t, strings.Replace(at(`,"stageTimestamp":"2026-11-22T10:00:00Z","annotations":{"a":"b"}`), `"user":`,
			`"requestURI":"/","impersonatedUser":{"extra":{"a\u0000":["b"]}},"userAgent":"kubectl","objectRef":{"name":"x"},"user":`, 1))
		f.refuse = func(_ string, doc []byte) (int, string) {
			if bytes.Contains(doc, []byte(`,"`+poison.String()+`":`)) {
				return 400, "document_parsing_exception"
			}
			return 0, ""
		}
		events := []event.Event{e}
		if _, err := f.output(nil).Write(t.Context(), events); err != nil || len(f.arrived()) != 1 {
			t.Fatalf("%v: got %v, %d arrived", poison, err, len(f.arrived()))
		}
		if got := events[0].Trimmed; !got.Has(poison) || got&^want != 0 || got.Has(event.AuditID) || got.Has(event.StageTimestamp) {
			t.Errorf("%v: trimmed %b, want at most %b", poison, got, want)
		}
	}
}

func TestPoisonIsGivenUp(t *testing.T) {
	f, events := newFake(t), withBodies(t, 2)
	f.refuse = func(id string, _ []byte) (int, string) {
		if id == events[0].ID.String() {
			return 400, "illegal_argument_exception"
		}
		return 0, ""
	}
	_, err := f.output(nil).Write(t.Context(), events)
	indexes, faults := partial(t, err, 1)
	if indexes[0] != 0 || !faults[0].Permanent || faults[0].Reason != "illegal_argument_exception" {
		t.Errorf("got %v, %+v", indexes, faults[0])
	}
	if events[0].Trimmed != 0 {
		t.Error("what becomes a dead letter was left trimmed")
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error repeats the server's text: %v", err)
	}
}

// An alias without an index to write to refuses everything: nothing of it may become a dead letter, or lose its bodies.
func TestMisconfigurationIsNotBlamedOnEvents(t *testing.T) {
	f, events := newFake(t), withBodies(t, 3)
	broken := true
	f.refuse = func(string, []byte) (int, string) {
		if broken {
			return 400, "illegal_argument_exception"
		}
		return 0, ""
	}
	o := f.output(nil)
	for _, batch := range [][]event.Event{events[:1], events, events[1:2]} {
		_, err := o.Write(t.Context(), batch)
		_, faults := partial(t, err, len(batch))
		if faults[0].Permanent || !faults[0].Blocked || batch[0].Trimmed != 0 {
			t.Fatalf("got %+v, trimmed %b", faults[0], batch[0].Trimmed)
		}
	}
	broken = false
	if _, err := o.Write(t.Context(), events); err != nil || events[0].Trimmed != 0 {
		t.Fatalf("once mended: %v, trimmed %b", err, events[0].Trimmed)
	}
	broken = true
	_, err := o.Write(t.Context(), withBodies(t, 4)[3:])
	if _, faults := partial(t, err, 1); !faults[0].Permanent {
		t.Errorf("one event, after others went in: %+v", faults[0])
	}
}

// An ingest pipeline of the server drops an event: the server calls that a success, but it is nowhere. It is not tried in another
// shape, which would pass a pipeline that goes by bodies, nor for ever.
func TestDroppedByIngestPipeline(t *testing.T) {
	f, events := newFake(t), withBodies(t, 3)
	f.refuse = func(id string, _ []byte) (int, string) {
		if id == events[1].ID.String() {
			return 200, ""
		}
		return 0, ""
	}
	o := f.output(nil)
	_, err := o.Write(t.Context(), events)
	indexes, faults := partial(t, err, 1)
	if indexes[0] != 1 || !faults[0].Permanent || faults[0].Reason != "ingest_drop" || events[1].Trimmed != 0 {
		t.Errorf("got %v, %+v, trimmed %b", indexes, faults[0], events[1].Trimmed)
	}
	if n := f.count("_bulk"); n != 1 || len(f.arrived()) != 2 {
		t.Errorf("%d requests, %d arrived", n, len(f.arrived()))
	}
	_, err = o.Write(t.Context(), events[1:2])
	if _, faults := partial(t, err, 1); !faults[0].Permanent {
		t.Errorf("alone: %+v", faults[0])
	}
}

// A destination that refuses even what has nothing of the event but its time and ID, and has never taken any, is not set up.
func TestWhatTakesNothingIsToBlame(t *testing.T) {
	for _, kind := range []string{"document_parsing_exception", "strict_dynamic_mapping_exception"} {
		f, events := newFake(t), withBodies(t, 2)
		f.refuse = func(string, []byte) (int, string) { return 400, kind }
		_, err := f.output(nil).Write(t.Context(), events)
		if _, faults := partial(t, err, 2); faults[0].Permanent || !faults[0].Blocked || events[0].Trimmed != 0 {
			t.Errorf("%s: %+v", kind, faults[0])
		}
	}
}

func TestTooLargeIsHalved(t *testing.T) {
	const limit = 20 << 10
	f, events := newFake(t), some(t, 60)
	huge := decode(t, at(`,"annotations":{"a":"`+strings.Repeat("x", limit)+`"},"responseObject":{"b":"`+strings.Repeat("y", limit)+`"}`))
	events[17] = huge
	f.before = func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if len(body) > limit {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
		return len(body) > limit
	}
	if _, err := f.output(nil).Write(t.Context(), events); err != nil || len(f.arrived()) != 60 {
		t.Fatalf("got %v, %d arrived", err, len(f.arrived()))
	}
	for i := range events {
		if trimmed := events[i].Trimmed != 0; trimmed != (i == 17) && events[i].Size() < limit {
			t.Errorf("event %d: trimmed %v", i, trimmed)
		}
	}
	if !events[17].Trimmed.Has(event.ResponseObject) || !events[17].Trimmed.Has(event.Annotations) {
		t.Errorf("trimmed %b", events[17].Trimmed)
	}
}

func TestTooLargeWhateverIsLeft(t *testing.T) {
	f, events := newFake(t), withBodies(t, 2)
	f.before = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return true
	}
	_, err := f.output(nil).Write(t.Context(), events)
	if _, faults := partial(t, err, 2); !faults[0].Blocked || faults[0].Permanent || faults[0].Reason != tooLarge {
		t.Errorf("got %+v", faults[0])
	}
}

// The first half goes in, then the server fails: what went in is accepted, of the rest nothing is known.
func TestFaultAmidHalves(t *testing.T) {
	f, events := newFake(t), some(t, 8)
	calls := 0
	f.before = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		calls++
		if calls == 2 {
			return false
		}
		w.WriteHeader(map[int]int{1: http.StatusRequestEntityTooLarge, 3: http.StatusInternalServerError}[calls])
		return true
	}
	_, err := f.output(nil).Write(t.Context(), events)
	indexes, faults := partial(t, err, 4)
	if !slices.Equal(indexes, []int{4, 5, 6, 7}) || faults[0].Reason != unavailable {
		t.Errorf("got %v, %+v", indexes, faults[0])
	}
}

func TestNothingToWrite(t *testing.T) {
	f := newFake(t)
	if _, err := f.output(nil).Write(t.Context(), nil); err != nil || f.count("") != 0 {
		t.Errorf("got %v after %d requests", err, f.count(""))
	}
}
