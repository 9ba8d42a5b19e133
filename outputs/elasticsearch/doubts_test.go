package elasticsearch

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// rollover has the data stream write to a new index. What is in the old one can be found only after a refresh.
func (f *fake) rollover() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current++
}

// each wants every one of the events to be there once.
func (f *fake) each(events []event.Event) {
	f.t.Helper()
	ids := f.arrived()
	slices.Sort(ids)
	if all := len(ids); all != len(events) || len(slices.Compact(ids)) != all {
		f.t.Errorf("%d arrived, %d of them different; want %d", all, len(slices.Compact(ids)), len(events))
	}
}

// deny answers requests to an API with a status.
func (f *fake) deny(status int, apis ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		denied := slices.ContainsFunc(apis, func(api string) bool { return strings.Contains(r.URL.Path, api) })
		if denied {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"error":{"type":"security_exception"}}`)
		}
		return denied
	}
}

func mustWrite(t *testing.T, o *Output, events []event.Event) outputs.Ack {
	t.Helper()
	ack, err := o.Write(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

// A crash, a rollover, a restart: what was stored and not committed is found in the old index.
func TestReplayAcrossRollover(t *testing.T) {
	f, events := newFake(t), outputtest.Events(t)
	mustWrite(t, f.output(nil), events[:20])
	f.rollover()
	o := f.resumed(outputs.Resume{Replay: true}, nil)
	if ack := mustWrite(t, o, events[:30]); ack.Duplicates != 20 || ack.Unchecked != 0 {
		t.Errorf("got %+v", ack)
	}
	mustWrite(t, o, events[30:])
	f.each(events)
	if f.count("_refresh") != 1 || f.count("track_total_hits=false") != 2 {
		t.Errorf("%d refreshes, %q", f.count("_refresh"), f.calls)
	}
}

// Of two Writes side by side, the second went through and the first did not: the look-up goes on behind the hole.
func TestReplayWithHoles(t *testing.T) {
	f, events := newFake(t), some(t, 30)
	batch := func(i int) []event.Event { return events[i*5 : i*5+5] }
	limit := 0
	for i := range 6 {
		sum := 0
		for j := range batch(i) {
			sum += batch(i)[j].Size()
		}
		limit = max(limit, sum)
	}
	change := func(_ *Config, env *outputs.Env) { env.MaxBytes = limit }
	before := f.output(change)
	for _, i := range []int{0, 3} { // 1 and 2 were under way
		mustWrite(t, before, batch(i))
	}
	f.rollover()
	o := f.resumed(outputs.Resume{Replay: true}, change)
	for i := range 6 {
		mustWrite(t, o, batch(i))
	}
	f.each(events)
}

func TestReplayEnds(t *testing.T) {
	f, events := newFake(t), outputtest.Events(t)
	limit := 0
	for i := range events {
		limit = max(limit, events[i].Size())
	}
	o := f.resumed(outputs.Resume{Replay: true}, func(_ *Config, env *outputs.Env) { env.MaxBytes = limit })
	var bytes, searched int
	for i := range events {
		if bytes < window*limit {
			searched++
		}
		bytes += events[i].Size()
		mustWrite(t, o, events[i:i+1])
	}
	if bytes < window*limit || f.count("_search") != searched {
		t.Errorf("%d look-ups for %d events, want %d", f.count("_search"), len(events), searched)
	}
}

func TestWithoutReplayNothingIsLookedUp(t *testing.T) {
	f := newFake(t)
	mustWrite(t, f.output(nil), some(t, 5))
	mustWrite(t, f.resumed(outputs.Resume{Replay: true}, func(cfg *Config, _ *outputs.Env) { cfg.DataStream, cfg.Index = "", "audit-%Y" }), some(t, 5))
	if f.count("_search")+f.count("_refresh") != 0 {
		t.Errorf("got %q", f.calls)
	}
}

// The answer to a request is lost, and before the next try the data stream is rolled over.
func TestLostAnswerAcrossRollover(t *testing.T) {
	for name, lose := range map[string]func(w http.ResponseWriter){
		"hung up":     func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"bad gateway": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
		"cut off":     func(w http.ResponseWriter) { fmt.Fprint(w, `{"items":[`) },
	} {
		f, events := newFake(t), some(t, 10)
		o := f.output(nil)
		f.before = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
			f.before = nil
			f.bulk(discard{}, f.stream, body)
			lose(w)
			return true
		}
		if _, err := o.Write(t.Context(), events); err == nil {
			t.Errorf("%s: no error", name)
		}
		mustWrite(t, o, some(t, 11)[10:]) // another one has nothing to look up
		f.rollover()
		if ack := mustWrite(t, o, events); ack.Duplicates != 10 {
			t.Errorf("%s: got %+v", name, ack)
		}
		if f.count("_search") != 1 || len(o.doubts.unsettled) != 0 {
			t.Errorf("%s: %d look-ups, %d in doubt", name, f.count("_search"), len(o.doubts.unsettled))
		}
		f.each(some(t, 11))
	}
}

type discard struct{ http.ResponseWriter }

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestItemsWithoutOutcomeAreLookedUp(t *testing.T) {
	f, events := newFake(t), some(t, 4)
	o := f.output(nil)
	f.refuse = func(id string, _ []byte) (int, string) {
		if id == events[2].ID.String() {
			return 503, "unavailable_shards_exception"
		}
		return 0, ""
	}
	_, err := o.Write(t.Context(), events)
	partial(t, err, 1)
	f.refuse = nil
	mustWrite(t, o, events[2:3])
	if f.count("_search") != 1 {
		t.Errorf("%d look-ups", f.count("_search"))
	}
	f.each(events)
}
