package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
)

// premises is what a server says to who looks at it: status and body by the last part of the path.
type premises struct {
	said map[string]string // "_field_caps", "_index_template", "_template": body, or status
	put  []string          // templates that were installed, with the path
}

// on has the fake answer like that; templates can be put unless "put" says otherwise.
func (p *premises) on(f *fake) {
	f.before = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		part := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		if r.Method == http.MethodPut {
			part = "put"
		}
		answer, known := p.said[part]
		if part == "_bulk" || !known && part != "put" {
			return part != "_bulk"
		}
		w.Header().Set("Content-Type", "application/json")
		var status int
		if n, _ := fmt.Sscanf(answer, "%d", &status); n == 1 {
			w.WriteHeader(status)
			answer = `{"error":{"type":"some_exception","reason":"secret"}}`
		} else if part == "put" {
			p.put = append(p.put, r.URL.String()+" "+string(body))
			answer = `{"acknowledged":true}`
		}
		fmt.Fprint(w, answer)
		return true
	}
}

const (
	noFields = `{"fields":{}}`
	managed  = `{"index_template":{"index_patterns":["str*"],"_meta":{"managed":true}}}`
)

func TestPrepare(t *testing.T) {
	for name, c := range map[string]struct {
		fields, templates, legacy, put string
		installed                      bool
		told                           string
	}{
		"nothing is there":             {"404", `{"index_templates":[]}`, `{}`, "", true, "installed the index template"},
		"Elasticsearch's own template": {"404", `{"index_templates":[` + managed + `]}`, `{}`, "", true, "installed"},
		"other names":                  {"404", `{"index_templates":[{"index_template":{"index_patterns":["other-*","streams"]}}]}`, `{"a":{"index_patterns":["b*"]}}`, "", true, "installed"},
		"somebody's template":          {"404", `{"index_templates":[` + managed + `,{"index_template":{"index_patterns":["x","s*am"]}}]}`, `{}`, "", false, ""},
		"somebody's old template":      {"404", `{"index_templates":[]}`, `{"a":{"index_patterns":["*"]}}`, "", false, ""},
		"it may look and not install":  {"404", `{"index_templates":[]}`, `{}`, "403", false, "run auditship setup"},
		"it may not look at templates": {"404", "403", "403", "", false, ""},
		"it may not look at all":       {"403", "", "", "", false, ""},
		"who knows no such requests":   {"405", "", "", "", false, ""},
		"a closed index":               {noFields, "", "", "", false, ""},
		"an open index":                {`{"fields":{"requestObject.kind":{"text":{"type":"text"}}}}`, "", "", "", false, "run auditship setup"},
		"rolled over since":            {`{"fields":{"requestObject.kind":{"text":{"type":"text"},"unmapped":{"type":"unmapped"}}}}`, "", "", "", false, ""},
	} {
		f, p := newFake(t), &premises{said: map[string]string{"_field_caps": c.fields, "_index_template": c.templates, "_template": c.legacy}}
		if c.put != "" {
			p.said["put"] = c.put
		}
		p.on(f)
		var log bytes.Buffer
		o := f.output(func(cfg *Config, env *outputs.Env) {
			cfg.Template, env.Log = "", slog.New(slog.NewTextHandler(&log, nil))
		})
		for range 2 {
			if _, err := o.Write(t.Context(), some(t, 3)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if len(f.arrived()) != 3 || f.count("_field_caps") != 1 {
			t.Errorf("%s: %d arrived, %d looks", name, len(f.arrived()), f.count("_field_caps"))
		}
		if (len(p.put) == 1) != c.installed || len(p.put) > 1 {
			t.Errorf("%s: installed %q", name, p.put)
		}
		if n := strings.Count(log.String(), "\n"); n != min(1, len(c.told)) || !strings.Contains(log.String(), c.told) || strings.Contains(log.String(), "secret") {
			t.Errorf("%s: told %q", name, log.String())
		}
	}
}

// The template of the agent never replaces one, and gives way to others that come later.
func TestInstalledTemplate(t *testing.T) {
	f, p := newFake(t), &premises{said: map[string]string{"_field_caps": "404", "_index_template": "{}", "_template": "{}"}}
	p.on(f)
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.Template, cfg.DataStream, cfg.Index = "auto", "", "audit-%Y" })
	if _, err := o.Write(t.Context(), some(t, 1)); err != nil || len(p.put) != 1 {
		t.Fatalf("%v, %d put", err, len(p.put))
	}
	path, body, _ := strings.Cut(p.put[0], " ")
	var content struct {
		Patterns []string `json:"index_patterns"`
		Priority int
	}
	if err := json.Unmarshal([]byte(body), &content); err != nil {
		t.Fatal(err)
	}
	if path != "/_index_template/auditship-audit-x?create=true" || content.Priority <= 100 || content.Priority >= 200 || content.Patterns[0] != "audit-*" {
		t.Errorf("%s: %+v", path, content)
	}
}

// A look that comes to nothing holds events up once, since the first of them would make the index; but not who takes nothing else.
func TestPrepareWaits(t *testing.T) {
	f, p := newFake(t), &premises{said: map[string]string{"_field_caps": "503"}}
	p.on(f)
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.Template = "" })
	if _, err := o.Write(t.Context(), some(t, 3)); outputs.FaultOf(err).Reason != unavailable || f.count("_bulk") > 0 {
		t.Fatalf("got %v after %d bulks", err, f.count("_bulk"))
	}
	for range 2 {
		if _, err := o.Write(t.Context(), some(t, 3)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.arrived()) != 3 || f.count("_field_caps") != 2 {
		t.Errorf("%d arrived, %d looks", len(f.arrived()), f.count("_field_caps"))
	}
}

// As long as the server takes nothing at all, it is looked at before each try.
func TestPrepareAfterAnOutage(t *testing.T) {
	f, p := newFake(t), &premises{said: map[string]string{"_field_caps": "503", "_index_template": "{}", "_template": "{}"}}
	p.on(f)
	answer := f.before
	f.before = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if p.said["_field_caps"] == "503" && strings.HasSuffix(r.URL.Path, "_bulk") {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error":{"type":"some_exception"}}`)
			return true
		}
		return answer(w, r, body)
	}
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.Template, cfg.DataStream, cfg.Index = "", "", "audit" }) // of which nothing is in doubt
	for range 3 {
		if _, err := o.Write(t.Context(), some(t, 3)); outputs.FaultOf(err).Reason != unavailable {
			t.Fatal(err)
		}
	}
	p.said["_field_caps"] = "404"
	if _, err := o.Write(t.Context(), some(t, 3)); err != nil || len(p.put) != 1 {
		t.Errorf("got %v, %d templates", err, len(p.put))
	}
}

// Two Writes at a time look once, and who waits for the other ends with its context.
func TestPrepareOnce(t *testing.T) {
	f, p := newFake(t), &premises{said: map[string]string{"_field_caps": noFields}}
	p.on(f)
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.Template = "" })
	<-o.preparation.turn
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := o.Write(ctx, some(t, 1)); outputs.FaultOf(err).Reason != canceled || f.count("") > 0 {
		t.Errorf("got %v after %d requests", err, f.count(""))
	}
	done := make(chan error)
	for range 2 {
		go func() {
			_, err := o.Write(t.Context(), some(t, 1))
			done <- err
		}()
	}
	o.preparation.turn <- struct{}{}
	if a, b := <-done, <-done; a != nil || b != nil || f.count("_field_caps") != 1 {
		t.Errorf("got %v and %v, %d looks", a, b, f.count("_field_caps"))
	}
}

func TestMatches(t *testing.T) {
	for pattern, names := range map[string]map[string]bool{
		"logs-*-*":    {"logs-a-b": true, "logs-a": false, "xlogs-a-b": false, "logs--": true},
		"audit":       {"audit": true, "audits": false, "": false},
		"*":           {"": true, "x": true},
		"a*a":         {"a": false, "aa": true, "aba": true, "ab": false},
		"a-*.*.*-z":   {"a-2026.11.22-z": true, "a-2026.11-z": false},
		"*audit*":     {"my-audit-log": true, "aud": false},
		"a*b*":        {"ab": true, "acbd": true, "ba": false},
		"":            {"": true, "a": false},
		"logs-k[8]s*": {"logs-k8s": false, "logs-k[8]s-x": true},
	} {
		for name, want := range names {
			if matches(pattern, name) != want {
				t.Errorf("%q for %q: %v", pattern, name, !want)
			}
		}
	}
}
