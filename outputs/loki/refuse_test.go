package loki

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/loki/pkg/push"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// Texts of Loki 3.7.8, as it answered them.
const (
	textTooLong  = "max entry size '%d' bytes exceeded for stream '{job=\"a\"}' while adding an entry with length '%d' bytes"
	textTooOld   = "entry for stream '{job=\"a\"}' has timestamp too old: 2026-11-10T00:00:00Z, oldest acceptable timestamp is: 2026-11-15T17:00:00Z"
	textTooNew   = "2 errors like: entry for stream '{job=\"a\"}' has timestamp too new: 2026-11-22T18:00:00Z"
	textBehind   = "entry with timestamp 2026-11-22 10:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2026-11-22T10:00:00Z, oldest acceptable timestamp is: 2026-11-22T10:30:00Z',\nuser 'fake', total ignored: 1 out of 1 for stream: {job=\"a\"}"
	textMetadata = "stream '{job=\"a\"}' has structured metadata too large: '70000' bytes, limit: '65536' bytes. Please see `limits_config.max_structured_metadata_size`"
)

func id(e push.Entry) string { return kept{Entry: e}.id() }

// Whichever entries of a batch are refused, these are named and all others arrive.
func TestRefusedEntriesAreFound(t *testing.T) {
	events := outputtest.Events(t)
	for _, bad := range [][]int{{0}, {len(events) - 1}, {59}, {3, 4, 5}, {0, 20, 40, 60, 80, 100, 118}} {
		s := start(t)
		want, refusedIDs := map[int]string{}, map[string]bool{}
		for _, i := range bad {
			want[i], refusedIDs[events[i].ID.String()] = "metadata_too_large!", true
		}
		s.refuse = func(_ string, e push.Entry) string {
			if refusedIDs[id(e)] {
				return textMetadata
			}
			return ""
		}
		_, err := s.output(t).Write(t.Context(), slices.Clone(events))
		wantFailures(t, err, want)
		for i := range events {
			if arrived := slices.Contains(s.ids(), events[i].ID.String()); arrived == (want[i] != "") {
				t.Errorf("bad %v: event %d arrived: %t", bad, i, arrived)
			}
		}
	}
}

func failures(t *testing.T, err error) []outputs.Failure {
	t.Helper()
	partial, ok := err.(*outputs.PartialError)
	if !ok {
		t.Fatalf("got %v, want a *PartialError", err)
	}
	return partial.Failures
}

// A log from before the server's horizon takes few requests.
func TestOldLogIsRefusedQuickly(t *testing.T) {
	s := start(t)
	var times []string
	for i := range 200 {
		times = append(times, time.Date(2026, 11, 22, 11, 0, i, 0, time.UTC).Format(time.RFC3339))
	}
	events := at(t, times...)
	horizon := time.Date(2026, 11, 22, 11, 0, 190, 0, time.UTC)
	s.refuse = func(_ string, e push.Entry) string {
		if e.Timestamp.Before(horizon) {
			return textTooOld
		}
		return ""
	}
	_, err := s.output(t).Write(t.Context(), events)
	want := map[int]string{}
	for i := range 190 {
		want[i] = "too_old!"
	}
	wantFailures(t, err, want)
	if s.count() > 20 || len(s.ids()) != 10 {
		t.Errorf("%d requests, %d kept", s.count(), len(s.ids()))
	}
}

// A server that takes shorter lines than usual gets the event without its bodies, and it says so.
func TestLongLineIsTrimmed(t *testing.T) {
	for _, limit := range []int{500, 450} {
		s := start(t)
		s.refuse = func(_ string, e push.Entry) string {
			if len(e.Line) > limit {
				return fmt.Sprintf(textTooLong, limit, len(e.Line))
			}
			return ""
		}
		mustWrite(t, s.output(t), at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z"))
		if len(s.kept) != 2 || !strings.HasSuffix(s.kept[0].Line, `"trimmed":["requestObject"]}}`) {
			t.Errorf("limit %d: got %v", limit, s.kept)
		}
	}
}

func TestLineThatStaysTooLongIsADeadLetter(t *testing.T) {
	s := start(t)
	s.refuse = func(_ string, e push.Entry) string { return fmt.Sprintf(textTooLong, 10, len(e.Line)) }
	_, err := s.output(t).Write(t.Context(), at(t, "2026-11-22T11:00:00Z"))
	wantFailures(t, err, map[int]string{0: "line_too_long!"})
}

func TestMetadataIsLeftOut(t *testing.T) {
	s := start(t)
	s.refuse = func(_ string, e push.Entry) string {
		if len(e.StructuredMetadata) > 1 {
			return textMetadata
		}
		return ""
	}
	events := at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z")
	mustWrite(t, s.output(t), events)
	if !slices.Equal(sorted(s.ids()), sorted(idsOf(events))) {
		t.Errorf("kept %v", s.ids())
	}
}

// Soon is waited for, later is not.
func TestFuture(t *testing.T) {
	s := start(t)
	s.refuse = func(string, push.Entry) string { return textTooNew }
	soon, late := time.Now().Add(40*time.Minute), time.Now().Add(3*time.Hour)
	_, err := s.output(t).Write(t.Context(), at(t, soon.UTC().Format(time.RFC3339)))
	wantFailures(t, err, map[int]string{0: "too_far_in_future"})
	if pause := outputs.FaultOf(failures(t, err)[0].Err).RetryAfter; pause < 29*time.Minute || pause > 30*time.Minute {
		t.Errorf("to be written again after %v", pause)
	}
	_, err = s.output(t).Write(t.Context(), at(t, late.UTC().Format(time.RFC3339)))
	wantFailures(t, err, map[int]string{0: "too_far_in_future!"})
}

// Words that are not Loki's make a dead letter only where the server takes other events.
func TestUnexplainedRefusals(t *testing.T) {
	s := start(t)
	events := at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z", "2026-11-22T11:00:02Z")
	s.refuse = func(_ string, e push.Entry) string {
		if id(e) == events[1].ID.String() {
			return "something new"
		}
		return ""
	}
	_, err := s.output(t).Write(t.Context(), slices.Clone(events))
	wantFailures(t, err, map[int]string{1: "refused!"})

	s = start(t)
	s.refuse = func(string, push.Entry) string { return "Client sent an HTTP request to an HTTPS server." }
	_, err = s.output(t).Write(t.Context(), outputtest.Events(t))
	if f := outputs.FaultOf(err); !f.Blocked || f.Permanent || f.Reason != refused || s.count() > 40 {
		t.Errorf("got %+v after %d requests", f, s.count())
	}
	_, err = s.output(t).Write(t.Context(), events[:1])
	if f := outputs.FaultOf(err); !f.Blocked || f.Reason != refused {
		t.Errorf("got %+v", f)
	}
}

func TestTooLargeRequestIsHalved(t *testing.T) {
	s := start(t)
	const most = 2500
	s.before = func(w http.ResponseWriter, _ *http.Request, size int) bool {
		if size > most {
			http.Error(w, "413 Request Entity Too Large", http.StatusRequestEntityTooLarge)
		}
		return size > most
	}
	o := s.output(t)
	events := outputtest.Events(t)
	var small []event.Event
	for i := range events {
		if events[i].Size() < most {
			small = append(small, events[i])
		}
	}
	mustWrite(t, o, small)
	if !slices.Equal(sorted(s.ids()), sorted(idsOf(small))) {
		t.Errorf("%d of %d kept", len(s.ids()), len(small))
	}
	if o.limit >= maxPush {
		t.Errorf("limit still %d", o.limit)
	}
}

func TestTooLargeEventIsTrimmed(t *testing.T) {
	events := outputtest.Events(t)
	longest := slices.MaxFunc(events, func(a, b event.Event) int { return a.Size() - b.Size() })
	for most, want := range map[int]string{1500: "", 20: "request_too_large!"} {
		s := start(t)
		s.before = func(w http.ResponseWriter, _ *http.Request, size int) bool {
			if size > most {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
			return size > most
		}
		_, err := s.output(t).Write(t.Context(), []event.Event{longest})
		if want != "" {
			wantFailures(t, err, map[int]string{0: want})
		} else if err != nil || len(s.kept) != 1 || !strings.Contains(s.kept[0].Line, `"trimmed":["requestObject","responseObject"`) {
			t.Errorf("at most %d: %v, kept %v", most, err, s.kept)
		}
	}
}
