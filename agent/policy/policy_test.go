package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"

func load(t testing.TB, text string) *Policy {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const some = head + `
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-proxy"]
  verbs: [watch]
  resources: [{group: "", resources: [endpoints]}]
- level: Request
  resources: [{group: "", resources: [pods/exec], resourceNames: [web]}]
  omitStages: [ResponseStarted]
- level: None
  nonResourceURLs: [/healthz*]
- level: Metadata
  userGroups: [dev]
  namespaces: [prod]
  omitManagedFields: true
- level: RequestResponse
  users: [jane]
  resources: [{group: apps}]
`

func TestAsk(t *testing.T) {
	p := load(t, some)
	tests := []struct {
		request Request
		rule    int
		level   rules.Level
		omit    int
	}{
		{Request{User: "system:kube-proxy", Verb: "watch", Resource: "endpoints"}, 0, rules.None, 1},
		{Request{User: "jane", Verb: "get", Resource: "pods", Subresource: "exec", Name: "web", Namespace: "prod"}, 1, rules.Request, 2},
		{Request{User: "jane", Verb: "get", Resource: "pods", Subresource: "exec", Name: "db", Namespace: "prod"}, NoRule, rules.None, 0},
		{Request{User: "", Verb: "get", Path: "/healthz/etcd"}, 2, rules.None, 1},
		{Request{User: "joe", Groups: []string{"x", "dev"}, Verb: "create", Resource: "pods", Namespace: "prod"}, 3, rules.Metadata, 1},
		{Request{User: "jane", Verb: "update", Group: "apps", Resource: "deployments", Subresource: "status", Namespace: "a", Name: "b"}, 4, rules.RequestResponse, 1},
		{Request{User: "", Verb: "list", Group: "apps", Resource: "deployments"}, NoRule, rules.None, 0},
	}
	for _, tt := range tests {
		d := p.Ask(tt.request)
		if d.Rule != tt.rule || d.Level != tt.level || len(d.OmitStages) != tt.omit {
			t.Errorf("%v: %+v", tt.request, d)
		}
	}
	if d := p.Ask(Request{User: "joe", Groups: []string{"dev"}, Verb: "get", Resource: "pods", Namespace: "prod"}); !d.OmitManagedFields || !d.Logs("ResponseComplete") || d.Logs("RequestReceived") {
		t.Errorf("%+v", d)
	}
}

// TestBroken: what kube-apiserver refuses cannot be asked, what it passes over can.
func TestBroken(t *testing.T) {
	for text, works := range map[string]bool{
		head + "rules: []\n": false, head + "rules: [{level: Much}]\n": false, head + "rules: [{level: None, usrs: [a], users: [b*]}]\n": true,
		"apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: Metadata}]\n": true,
	} {
		p := load(t, text)
		if p.Works() != works || (p.Err() == nil) != works || len(p.Problems) == 0 {
			t.Errorf("%q works: %v, %+v", text, p.Works(), p.Problems)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error of no file")
	}
}

func TestExplain(t *testing.T) {
	p := load(t, some)
	x, err := p.ExplainRequest(Request{User: "jane", Groups: []string{"ops"}, Verb: "get", Resource: "pods", Subresource: "exec", Name: "web", Namespace: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	if x.Rule != 1 || x.Level != "Request" || !slices.Equal(x.Events, []string{"ResponseComplete"}) || len(x.Rules) != 2 {
		t.Errorf("%+v", x)
	}
	var failing []string
	for _, k := range x.Rules[0].Keys {
		if !k.Matches {
			failing = append(failing, k.Name)
		}
	}
	if !slices.Equal(failing, []string{"users", "verbs", "resources"}) || x.Rules[0].Matches || !x.Rules[1].Matches {
		t.Errorf("%v: %+v", failing, x.Rules)
	}
	if k := x.Rules[1].Keys[0]; !strings.Contains(k.Text, "pods/exec named web") || x.Rules[1].Line != 10 {
		t.Errorf("%+v", x.Rules[1])
	}
}

// TestExplainAgrees: a rule matches exactly if all its keys do, for real events and whatever else can be asked.
func TestExplainAgrees(t *testing.T) {
	p := load(t, some)
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	check := func(e *event.Event) {
		x := p.Explain(e)
		for _, asked := range x.Rules {
			if all := !slices.ContainsFunc(asked.Keys, func(k Key) bool { return !k.Matches }); all != asked.Matches {
				t.Errorf("rule %d matches: %v, but its keys say %+v", asked.Rule, asked.Matches, asked.Keys)
			}
		}
	}
	for line := range strings.Lines(string(data)) {
		var d event.Decoder
		var e event.Event
		if err := d.Decode([]byte(strings.TrimSpace(line)), &e); err != nil {
			t.Fatal(err)
		}
		check(&e)
	}
	for i := range p.List.Rules {
		for w := range Witnesses(&p.List.Rules[i]) {
			e, err := w.decode(&p.decoder)
			if err != nil {
				t.Fatal(err)
			}
			check(e)
		}
	}
}

// TestOf: a request that was made into an event is the same when it is read from there.
func TestOf(t *testing.T) {
	for _, r := range []Request{
		{User: "jane \u202e\"x", Groups: []string{"a", "b"}, Verb: "get", Path: "/a b/ü%"},
		{Verb: "list", Group: "apps", Resource: "deployments"},
		{User: "j", Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "prod", Name: "web/x"},
	} {
		var d event.Decoder
		e, err := r.decode(&d)
		if err != nil {
			t.Fatal(err)
		}
		got := Of(e)
		if got.Path != "" { // as it stands in the URI
			got.Path = r.Path
		}
		if got.String() != r.String() {
			t.Errorf("%v became %v", r, got)
		}
	}
}

// TestFailedLogin: without ResponseStarted there is nothing of it.
func TestFailedLogin(t *testing.T) {
	p := load(t, head+"omitStages: [ResponseStarted]\nrules: [{level: Metadata}]\n")
	x, err := p.ExplainRequest(Request{Verb: "list", Resource: "secrets"})
	if err != nil || len(x.Events) != 0 || !strings.Contains(x.Note, "failed login") {
		t.Errorf("%+v, %v", x, err)
	}
}
