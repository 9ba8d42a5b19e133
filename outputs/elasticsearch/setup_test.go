package elasticsearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/auditship/auditship/outputs"
)

func TestSetup(t *testing.T) {
	for _, c := range []struct {
		cfg           Config
		path, pattern string
		stream        bool
	}{
		{Config{DataStream: "logs-kubernetes.audit-default"}, "/_index_template/auditship-logs-kubernetes.audit-default", "logs-kubernetes.audit-default", true},
		{Config{Index: "audit-%Y.%m.%d"}, "/_index_template/auditship-audit-x.x.x", "audit-*.*.*", false},
	} {
		var path string
		var got map[string]any
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.Method + " " + r.URL.Path
			if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
				t.Error(err)
			}
			fmt.Fprint(w, `{"acknowledged":true}`)
		}))
		c.cfg.URLs = []string{server.URL}
		var out bytes.Buffer
		if err := Setup(t.Context(), c.cfg, outputs.Env{}, &out); err != nil {
			t.Fatal(err)
		}
		server.Close()
		if _, stream := got["data_stream"]; path != "PUT "+c.path || fmt.Sprint(got["index_patterns"]) != "["+c.pattern+"]" || stream != c.stream {
			t.Errorf("%s with %v for %v", path, got["data_stream"], got["index_patterns"])
		}
		if !strings.Contains(out.String(), c.pattern) {
			t.Errorf("it tells nothing of %s: %s", c.pattern, out.String())
		}
	}
}

func TestSetupRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status       int
		answer, want string
	}{
		"no right":         {403, `{"error":{"type":"security_exception","reason":"secret"}}`, "unauthorized (status 403 security_exception)"},
		"not acknowledged": {200, `{"acknowledged":false}`, "run it again"},
		"a page":           {200, `<html>secret`, "no JSON"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.answer)
		}))
		err := Setup(t.Context(), Config{URLs: []string{server.URL}, Index: "audit"}, outputs.Env{}, io.Discard)
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Old servers refuse flattened fields, and OpenSearch's as well.
func TestSetupWithoutFlattened(t *testing.T) {
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if strings.Contains(string(body), "flattened") || strings.Contains(string(body), "flat_object") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, `{"acknowledged":true}`)
	}))
	defer server.Close()
	var out bytes.Buffer
	if err := Setup(t.Context(), Config{URLs: []string{server.URL}, Index: "audit"}, outputs.Env{}, &out); err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 3 || !json.Valid([]byte(bodies[2])) || strings.Count(bodies[2], `{"type":"object","enabled":false}`) != strings.Count(bodies[0], "flattened") {
		t.Errorf("got %q", bodies)
	}
	if !strings.Contains(out.String(), "can't be searched") {
		t.Errorf("it tells nothing of it: %s", out.String())
	}
}

// TestSetupOfOpenSearch: its fields stand in the place of those that it lacks, and the same of them in both formats. That it is
// OpenSearch need not be said.
func TestSetupOfOpenSearch(t *testing.T) {
	for _, events := range []Events{Native, ECS} {
		var bodies []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			if strings.Contains(string(body), "flattened") {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			fmt.Fprint(w, `{"acknowledged":true}`)
		}))
		for _, flavor := range []string{"", "opensearch"} {
			cfg := Config{URLs: []string{server.URL}, Flavor: flavor, DataStream: "audit", Events: events}
			if err := Setup(t.Context(), cfg, outputs.Env{}, io.Discard); err != nil {
				t.Fatal(err)
			}
		}
		server.Close()
		if len(bodies) != 3 || bodies[1] != bodies[2] {
			t.Fatalf("%d templates were tried", len(bodies))
		}
		n := strings.Count(bodies[0], `"type":"flattened"`)
		flat, stored := strings.Count(bodies[1], `{"type":"flat_object"}`), strings.Count(bodies[1], `Object":{"type":"object","enabled":false}`)
		if n == 0 || !json.Valid([]byte(bodies[1])) || strings.Contains(bodies[1], "flattened") || flat != n-2 || stored != 2 {
			t.Errorf("%q: %d flattened fields became %d flat objects and %d stored ones", events, n, flat, stored)
		}
	}
}

// TestTemplate holds what the template must not lack: no client may choose the fields of the index, or have its event
// refused by what it sends.
func TestTemplate(t *testing.T) {
	var template struct {
		Template struct {
			Mappings struct {
				Dynamic    any
				Properties map[string]field
			}
		}
	}
	if err := json.Unmarshal(templateJSON, &template); err != nil {
		t.Fatal(err)
	}
	if template.Template.Mappings.Dynamic != false {
		t.Error("the mapping is not closed")
	}
	all := map[string]field{}
	collect(all, "", template.Template.Mappings.Properties)
	for path, f := range all {
		if f.Type == "keyword" && (f.IgnoreAbove == 0 || f.IgnoreAbove*4 > 32766) {
			t.Errorf("%s: ignore_above %d; a term has at most 32,766 bytes", path, f.IgnoreAbove)
		}
		if f.Type == "flattened" && (f.IgnoreAbove == 0 || f.DepthLimit <= 20) {
			t.Errorf("%s: ignore_above %d, depth_limit %d", path, f.IgnoreAbove, f.DepthLimit)
		}
	}
	for _, path := range []string{"requestObject", "responseObject", "annotations", "user.extra", "impersonatedUser.extra", "responseStatus.details"} {
		if all[path].Type != "flattened" {
			t.Errorf("%s is not flattened", path)
		}
	}
	for path, want := range map[string]string{"@timestamp": "date_nanos", "verb": "keyword", "user.username": "keyword", "objectRef.name": "keyword",
		"responseStatus.code": "integer", "sourceIPs": "ip", "auditship.actor.kind": "keyword", "auditship.actor.person": "keyword", "auditship.actor.shared": "boolean", "auditship.source_ip": "ip", "auditship.latency_ms": "float"} {
		if all[path].Type != want {
			t.Errorf("%s is %q, want %s", path, all[path].Type, want)
		}
	}
}

type field struct {
	Type        string
	IgnoreAbove int `json:"ignore_above"`
	DepthLimit  int `json:"depth_limit"`
	Properties  map[string]field
}

func collect(all map[string]field, path string, fields map[string]field) {
	for name, f := range fields {
		all[path+name] = f
		collect(all, path+name+".", f.Properties)
	}
}
