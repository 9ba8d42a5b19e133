package loki

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
)

func TestAnswers(t *testing.T) {
	const values = "stream '{job=\"secret-value\"}' "
	for _, c := range []struct {
		status  int
		text    string
		reason  string
		blocked bool
	}{
		{429, "Ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec)", "rate_limited", false},
		{429, values + "Per stream rate limit exceeded (limit: 3MB/sec)", "rate_limited", false},
		{429, "Maximum active stream limit exceeded when trying to create stream", "stream_limit", false},
		{500, "rpc error: " + values, "server_error", false},
		{502, "<html>", "server_error", false},
		{503, "no healthy upstream", "server_error", false},
		{504, "", "server_error", false},
		{408, "", "server_error", false},
		{401, "no org id", "unauthorized", true},
		{403, "", "unauthorized", true},
		{404, "404 page not found", "not_found", true},
		{260, "ingestion blocked for user 'fake' until '2026-11-23T00:00:00Z' with status code '260'", "ingestion_blocked", true},
		{260, "", "unexpected_answer", true},
		{202, "", "unexpected_answer", true},
		{301, "", "unexpected_answer", true},
		{405, "", "unexpected_answer", true},
		{400, values + "entry for stream has 16 label names; limit 15", "too_many_labels", true},
		{400, values + "has label value too long: 'secret-value'", "invalid_labels", true},
		{400, values + "has label name too long: 'secret-value'", "invalid_labels", true},
		{400, values + "has duplicate label name: 'a'", "invalid_labels", true},
		{400, "couldn't parse push request: couldn't parse labels: secret-value", "invalid_labels", true},
		{400, "missing required labels 'a' for user 'fake'", "missing_labels", true},
		{400, values + "includes structured metadata, but this feature is disallowed.", "metadata_disallowed", true},
	} {
		s := start(t)
		s.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			http.Error(w, c.text, c.status)
			return true
		}
		_, err := s.output(t).Write(t.Context(), at(t, "2026-11-22T11:00:00Z", "2026-11-22T11:00:01Z"))
		f := outputs.FaultOf(err)
		if f.Reason != c.reason || f.Blocked != c.blocked || f.Permanent {
			t.Errorf("%d %q: got %+v", c.status, c.text, f)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %q repeats a value", c.status, err)
		}
		if len(s.headers) != 1 {
			t.Errorf("%d: %d requests", c.status, len(s.headers))
		}
	}
}

func TestQuotedNumber(t *testing.T) {
	for text, want := range map[string]int{
		"max entry size '262144' bytes": 262144, "max entry size '": 0, "max entry size 'x'": 0, "": 0, "max entry size '-5'": 0,
		"max entry size '99999999999999999999'": 0,
	} {
		if got := quotedNumber([]byte(text), "max entry size '"); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// After a trouble nothing is sent before the server has answered for a while.
func TestSettling(t *testing.T) {
	s := start(t)
	fail := true
	s.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		if fail {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
		}
		return fail
	}
	clock := time.Now()
	o := s.output(t)
	o.now = func() time.Time { return clock }
	events := at(t, "2026-11-22T11:00:00Z")
	attempt := func(want string) {
		t.Helper()
		_, err := o.Write(t.Context(), events)
		if want == "" && err != nil || want != "" && (err == nil || outputs.FaultOf(err).Reason != want) {
			t.Fatalf("got %v, want %q", err, want)
		}
	}
	attempt("server_error")
	attempt("server_error")
	fail = false
	attempt("settling")
	clock = clock.Add(settling - time.Second)
	attempt("settling")
	fail = true // it shut down only now
	attempt("server_error")
	fail = false
	clock = clock.Add(2 * time.Second)
	attempt("settling")
	if len(s.kept) > 0 {
		t.Fatal("sent too early")
	}
	clock = clock.Add(settling)
	attempt("")
	attempt("")
	if len(s.kept) != 1 {
		t.Errorf("kept %d", len(s.kept))
	}
}

func TestUnreachable(t *testing.T) {
	s := start(t)
	o := s.output(t)
	s.Close()
	_, err := o.Write(t.Context(), at(t, "2026-11-22T11:00:00Z"))
	f := outputs.FaultOf(err)
	if f.Reason != "unreachable" || f.Permanent || f.Blocked || strings.Contains(err.Error(), "http://") {
		t.Errorf("got %v", err)
	}
	if !o.unrest.on {
		t.Error("nothing waits for the server to settle")
	}
}
