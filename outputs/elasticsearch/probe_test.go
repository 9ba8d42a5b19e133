package elasticsearch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
)

// answers has the fake answer what a probe asks: the status and body for rights, and the status for the index.
func answers(f *fake, status int, rights string, there int) {
	f.before = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		switch {
		case r.URL.Path == "/_security/user/_has_privileges":
			if !strings.Contains(string(body), `"create_doc"`) {
				f.t.Errorf("asked %s", body)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, rights)
		case r.Method == http.MethodHead && r.URL.Path == "/stream":
			w.WriteHeader(there)
		default:
			f.t.Errorf("a probe asked %s %s", r.Method, r.URL)
		}
		return true
	}
}

func TestProbe(t *testing.T) {
	const all = `{"username":"a","has_all_requested":true,"cluster":{},"index":{"stream":{"create_doc":true,"auto_configure":true,"read":true,"maintenance":true}}}`
	for name, c := range map[string]struct {
		status        int
		rights        string
		there         int
		found, doubts int
		reason        string
	}{
		"all is well":             {200, all, 200, 3, 0, ""},
		"no stream yet":           {200, all, 404, 3, 0, ""},
		"may not look":            {200, all, 403, 2, 0, ""},
		"may not write":           {200, strings.Replace(all, `"create_doc":true`, `"create_doc":false`, 1), 200, 2, 1, ""},
		"may not read":            {200, strings.Replace(all, `"read":true`, `"read":false`, 1), 200, 3, 1, ""},
		"without security":        {400, `{"error":{"type":"illegal_argument_exception","reason":"no handler planted"}}`, 200, 1, 1, ""},
		"OpenSearch":              {405, `{"error":"Incorrect HTTP method planted"}`, 404, 1, 1, ""},
		"wrong password":          {401, `{"error":{"type":"security_exception","reason":"planted"}}`, 0, 0, 0, unauthorized},
		"starting":                {503, ``, 0, 0, 0, unavailable},
		"something else answers":  {200, `<html>planted`, 0, 0, 0, badAnswer},
		"an answer about another": {200, `{"index":{"planted":{}}}`, 0, 0, 0, badAnswer},
	} {
		f := newFake(t)
		answers(f, c.status, c.rights, c.there)
		p, err := f.unopened(nil).Probe(t.Context())
		if c.reason != "" {
			if err == nil || outputs.FaultOf(err).Reason != c.reason || strings.Contains(err.Error(), "planted") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(p.Found) != c.found || len(p.Doubts) != c.doubts {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if len(f.sent) > 0 {
			t.Errorf("%s: the probe wrote something", name)
		}
	}
}

// TestProbeOfADatedIndex asks about the index of today.
func TestProbeOfADatedIndex(t *testing.T) {
	f := newFake(t)
	o := f.unopened(func(c *Config, _ *outputs.Env) { c.DataStream, c.Index = "", "audit-%Y" })
	if got := o.target(); len(got) != len("audit-2026") || !strings.HasPrefix(got, "audit-2") {
		t.Errorf("got %s", got)
	}
}

// TestProbeForesees: an index without our template is told of before the first event.
func TestProbeForesees(t *testing.T) {
	for want, fields := range map[string]string{
		"there is no index template for stream": "404",
		"becomes fields of stream":              `{"fields":{"requestObject.kind":{"text":{}}}}`,
		"":                                      noFields,
	} {
		f := newFake(t)
		(&premises{said: map[string]string{"_field_caps": fields, "_index_template": "{}", "_template": "{}",
			"_has_privileges": `{"index":{"stream":{"create_doc":true,"auto_configure":true,"read":true,"maintenance":true}}}`}}).on(f)
		p, err := f.unopened(func(c *Config, _ *outputs.Env) { c.Template = "auto" }).Probe(t.Context())
		if got := strings.Join(p.Doubts, "; "); err != nil || want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("got %v, %v, want %q", p.Doubts, err, want)
		}
	}
}
