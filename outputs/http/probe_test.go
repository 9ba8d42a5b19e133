package http

import (
	"io"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
)

// TestProbe: what a receiver says when it is asked without an event, and that it is asked so.
func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		format Format
		status int
		allow  string
		text   string
		doubt  string
		reason string
	}{
		"takes anything":            {Lines, 200, "", "", "", ""},
		"takes POST":                {Lines, 405, "OPTIONS, POST", "", "", ""},
		"takes POST, says no more":  {Array, 405, "", "", "", ""},
		"takes no POST":             {Lines, 405, "GET, HEAD, POSTER", "", "POST is not among", ""},
		"another path":              {Lines, 404, "", "", "path of the url", ""},
		"forbids":                   {Lines, 403, "", "", "credentials", ""},
		"a page to log in":          {Lines, 302, "", "", "redirects (302)", ""},
		"wrong credentials":         {Lines, 401, "", "", "", "unauthorized"},
		"its server is away":        {Lines, 502, "", "", "", "server_error"},
		"fails":                     {Lines, 500, "", "", "", ""},
		"Splunk":                    {Splunk, 400, "", `{"text":"No data","code":5}`, "", ""},
		"Splunk, success":           {Splunk, 200, "", success, "", ""},
		"Splunk, no event":          {Splunk, 400, "", `{"text":"Event field is required","code":12}`, "", ""},
		"Splunk, wrong token":       {Splunk, 403, "", `{"text":"Invalid token","code":4}`, "", "unauthorized"},
		"Splunk, no channel":        {Splunk, 400, "", `{"text":"Data channel is missing","code":10}`, "", refused},
		"Splunk, a page to log in":  {Splunk, 200, "", `<html>`, "", unexpected},
		"Splunk, another's refusal": {Splunk, 400, "", `bad request`, "", refused},
	} {
		s := receive(t)
		s.turn(func(w nethttp.ResponseWriter, r *nethttp.Request, body []byte) bool {
			want := nethttp.MethodHead
			if c.format == Splunk {
				want = nethttp.MethodPost
			}
			if r.Method != want || len(body) > 0 || r.Header.Get("Content-Encoding") != "" || r.Header.Get("Authorization") == "" || r.Header.Get("Idempotency-Key") != "" {
				t.Errorf("%s: asked by %s %v with %d bytes", name, r.Method, r.Header, len(body))
			}
			if c.allow != "" {
				w.Header().Set("Allow", c.allow)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.text)
			return true
		})
		o := s.output(t, func(cfg *Config) { cfg.Format, cfg.BearerToken = c.format, "t" })
		p, err := o.Probe(t.Context())
		if c.reason != "" {
			if f := outputs.FaultOf(err); err == nil || f.Reason != c.reason {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
			continue
		}
		if err != nil || len(p.Found) != 1 || (len(p.Doubts) == 1) != (c.doubt != "") || len(p.Doubts) > 0 && !strings.Contains(p.Doubts[0], c.doubt) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	o := receive(t).output(t, func(cfg *Config) { cfg.URL = "http://127.0.0.1:1/" })
	if _, err := o.Probe(t.Context()); outputs.FaultOf(err).Reason != "unreachable" {
		t.Errorf("nobody there: %v", err)
	}
}
