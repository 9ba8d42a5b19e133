package http

import (
	"encoding/json"
	"errors"
	"io"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func forSplunk(c *Config) { c.Format, c.BearerToken = Splunk, "11111111-2222" }

// TestSplunk is the envelope of the HTTP Event Collector, and its way to say who sends.
func TestSplunk(t *testing.T) {
	s := receive(t)
	o := outputtest.Opened(t, s.output(t, forSplunk, func(c *Config) {
		c.Index, c.Headers = `k8s"audit`, map[string]string{"x-splunk-request-channel": "c1"}
	}), outputs.Resume{})
	events := outputtest.Events(t)[:2]
	if _, err := o.Write(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	h := s.headers[0]
	if h.Get("Authorization") != "Splunk 11111111-2222" || h.Get("X-Splunk-Request-Channel") != "c1" || h.Get("Content-Encoding") != "gzip" {
		t.Errorf("headers %v", h)
	}
	var got struct {
		Time                            json.Number
		Host, Source, Sourcetype, Index string
		Event                           struct{ Kind string }
	}
	if err := json.Unmarshal(s.events[0], &got); err != nil || got.Event.Kind != "Event" {
		t.Errorf("%s: %v", s.events[0][:200], err)
	}
	if got.Host != "cp-1" || got.Source != "auditship" || got.Sourcetype != "kube:apiserver-audit" || got.Index != `k8s"audit` {
		t.Errorf("filed under %+v", got)
	}
	at, _ := events[0].Time(event.StageTimestamp)
	if f, _ := got.Time.Float64(); int64(f*1e6+0.5) != at.UnixMicro() {
		t.Errorf("time %s, want that of %v", got.Time, at)
	}
}

// TestNoTime: what tells no time is not of 1970.
func TestNoTime(t *testing.T) {
	e := decoded(t, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete","requestURI":"/","verb":"get","user":{}}`)
	if got := string(appendEnvelope(nil, &e, filing(Config{Source: "s"}, ""))); got != `{"source":"s","sourcetype":"kube:apiserver-audit","event":` {
		t.Error(got)
	}
}

func decoded(t *testing.T, line string) (e event.Event) {
	t.Helper()
	if err := new(event.Decoder).Decode([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSplunkAnswers: what is about the request makes no dead letters of events, also when others were taken before, and nothing but the
// collector's own word is an acknowledgement.
func TestSplunkAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status    int
		text      string
		reason    string
		permanent bool
		blocked   bool
	}{
		"a page":             {200, "<html>log in</html>", unexpected, false, true},
		"nothing":            {204, "", unexpected, false, true},
		"another JSON":       {200, `{"status":"ok"}`, unexpected, false, true},
		"a code with 200":    {200, `{"text":"Server is busy","code":9}`, unexpected, false, true},
		"invalid data":       {400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, refused, true, false},
		"event is blank":     {400, `{"text":"Event field cannot be blank","code":13,"invalid-event-number":0}`, refused, true, false},
		"wrong index":        {400, `{"text":"Incorrect index","code":7,"invalid-event-number":0}`, refused, false, true},
		"no channel":         {400, `{"text":"Data channel is missing","code":10}`, refused, false, true},
		"no code":            {400, `Bad Request`, refused, true, false},
		"busy":               {503, `{"text":"Server is busy","code":9}`, "server_error", false, false},
		"shutting down":      {503, `{"text":"Server is shutting down","code":23}`, "server_error", false, false},
		"queue is full":      {429, `{"text":"Server is busy","code":26}`, "rate_limited", false, false},
		"a token turned off": {403, `{"text":"Token disabled","code":1}`, "unauthorized", false, true},
	} {
		s := receive(t)
		o := outputtest.Opened(t, s.output(t, forSplunk), outputs.Resume{})
		events := outputtest.Events(t)
		if _, err := o.Write(t.Context(), events[:1]); err != nil {
			t.Fatal(err)
		}
		s.before = func(w nethttp.ResponseWriter, _ *nethttp.Request, _ []byte) bool {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.text)
			return true
		}
		_, err := o.Write(t.Context(), events[1:2])
		var partial *outputs.PartialError
		if errors.As(err, &partial) {
			err = partial.Failures[0].Err
		}
		f := outputs.FaultOf(err)
		if err == nil || f.Reason != c.reason || f.Permanent != c.permanent || f.Blocked != c.blocked || strings.Contains(err.Error(), "ncorrect") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
