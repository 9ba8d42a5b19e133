package elasticsearch

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

func TestWithoutTheRightToRead(t *testing.T) {
	var log bytes.Buffer
	f, events := newFake(t), some(t, 20)
	mustWrite(t, f.output(nil), events[:5])
	f.deny(http.StatusForbidden, "_search")
	o := f.resumed(outputs.Resume{Replay: true}, func(_ *Config, env *outputs.Env) { env.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	if ack := mustWrite(t, o, events[:10]); ack.Duplicates != 5 || ack.Unchecked != 5 {
		t.Errorf("got %+v", ack)
	}
	if ack := mustWrite(t, o, events[10:]); ack.Unchecked != 10 {
		t.Errorf("got %+v", ack)
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "grant the right read") {
		t.Errorf("logged %q", log.String())
	}
}

// Without the right to refresh, the first Write asks for a pause in which the server refreshes by itself.
func TestWithoutTheRightToRefresh(t *testing.T) {
	f, events := newFake(t), some(t, 5)
	mustWrite(t, f.output(nil), events)
	f.rollover()
	f.deny(http.StatusForbidden, "_refresh")
	o := f.resumed(outputs.Resume{Replay: true}, nil)
	_, err := o.Write(t.Context(), events)
	if got := outputs.FaultOf(err); got.Reason != waitRefresh || got.RetryAfter <= 0 || got.RetryAfter > ownRefresh {
		t.Fatalf("got %+v", err)
	}
	f.refresh()
	o.doubts.waitUntil = time.Now() // the pause is over
	if ack := mustWrite(t, o, events); ack.Duplicates != 5 {
		t.Errorf("got %+v", ack)
	}
	f.each(events)
}

func TestLookUpThatFails(t *testing.T) {
	f, events := newFake(t), some(t, 5)
	o := f.resumed(outputs.Resume{Replay: true}, nil)
	for _, api := range []string{"_refresh", "_search"} {
		for status, want := range map[int]string{500: unavailable, 429: overloaded} {
			f.deny(status, api)
			_, err := o.Write(t.Context(), events)
			if got := outputs.FaultOf(err); got.Reason != want {
				t.Errorf("%s with %d: got %v", api, status, err)
			}
		}
	}
	f.deny(http.StatusNotFound, "_refresh") // there is no data stream yet
	mustWrite(t, o, events)
	f.each(events)
}

func TestLookUpAnswersThatAreNone(t *testing.T) {
	for _, answer := range []string{``, `{}`, `[]`, `{"timed_out":false}`, `{"_shards":{"failed":0}}`,
		`{"timed_out":false,"_shards":{"failed":0},"hits":{"hits":[{"_id":"secret"}]}}`} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			if strings.Contains(r.URL.Path, "_search") {
				fmt.Fprint(w, answer)
				return true
			}
			return false
		}
		_, err := f.resumed(outputs.Resume{Replay: true}, nil).Write(t.Context(), some(t, 2))
		if got := outputs.FaultOf(err); got.Reason != badAnswer || strings.Contains(err.Error(), "secret") || len(f.arrived()) != 0 {
			t.Errorf("%s: got %v", answer, err)
		}
	}
}

// Indices that can't be searched hold up delivery for a while, not for ever.
func TestPartlySeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoubts("stream", nil, outputs.Env{Log: slog.New(slog.DiscardHandler)})
		fault := &outputs.Fault{Reason: partlySeen}
		for range 2 {
			if unchecked, got := d.accept(fault); unchecked || got != fault {
				t.Errorf("at first: %v, %v", unchecked, got)
			}
			time.Sleep(patience / 2)
		}
		if unchecked, got := d.accept(fault); !unchecked || got != nil {
			t.Errorf("at last: %v, %v", unchecked, got)
		}
	})
}

func TestManyIDsAreLookedUpInParts(t *testing.T) {
	f := newFake(t)
	var events []event.Event
	for i := range 2*lookupSize + 1 {
		events = append(events, decode(t, at(fmt.Sprintf(`,"annotations":{"n":"%d"}`, i))))
	}
	mustWrite(t, f.output(nil), events[:lookupSize+5])
	f.rollover()
	ack := mustWrite(t, f.resumed(outputs.Resume{Replay: true}, nil), events)
	if ack.Duplicates != lookupSize+5 || f.count("_search") != 3 {
		t.Errorf("got %+v after %d look-ups", ack, f.count("_search"))
	}
	f.each(events)
}
