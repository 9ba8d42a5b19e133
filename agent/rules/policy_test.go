package rules

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func writePolicy(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadPolicy(t *testing.T) {
	got, err := LoadPolicy(writePolicy(t, `# A policy as kube-apiserver takes it.
apiVersion: audit.k8s.io/v1
kind: Policy
metadata: {name: x, labels: {any: thing}, creationTimestamp: null}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: None
  users: ["system:kube-proxy"]
  userGroups: [g]
  verbs: [watch, "*"]
  namespaces: ["", prod]
  resources:
  - group: ""
    resources: [endpoints, services/*]
    resourceNames: [a]
  - group: "*"
- level: Metadata
  nonResourceURLs: ["/healthz*"]
  omitStages:
  - Panic
  omitManagedFields: false
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, warning := range got.Warnings {
		_, got.Warnings[i], _ = strings.Cut(warning, "policy.yaml")
	}
	want := List{Name: "policy_file", OmitStages: []string{"RequestReceived"}, Upstream: true, NoMatch: None,
		OmitManagedFields: true,
		Warnings:          []string{`:11: rules[0].verbs[1]: "*" is taken literally and never matches: leave verbs out to match all`},
		Rules: []Rule{{Level: "None", Users: []string{"system:kube-proxy"}, UserGroups: []string{"g"}, Verbs: []string{"watch", "*"}, Namespaces: []string{"", "prod"},
			Resources: []GroupResources{{Resources: []string{"endpoints", "services/*"}, ResourceNames: []string{"a"}}, {Group: "*"}}},
			{Level: "Metadata", NonResourceURLs: []string{"/healthz*"}, OmitStages: []string{"Panic"}, OmitManagedFields: new(false)}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLoadJSONPolicy(t *testing.T) {
	list, err := LoadPolicy(writePolicy(t, `{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"Metadata"}]}`))
	if err != nil || len(list.Rules) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := Compile(list); err != nil {
		t.Error(err)
	}
}

// TestBadPolicies: FILE:LINE and what is wrong, for everything that is.
func TestBadPolicies(t *testing.T) {
	const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", `F: is no audit policy: it needs kind: Policy and apiVersion: audit.k8s.io/v1`},
		{"no YAML", head + "rules: [\n", `F:3: did not find expected node content`},
		{"another kind", "apiVersion: v1\nkind: ConfigMap\n", `F:2: is no audit policy: it needs kind: Policy and apiVersion: audit.k8s.io/v1`},
		{"a list", "- level: None\n", `F: is no audit policy: it needs kind: Policy and apiVersion: audit.k8s.io/v1`},
		{"old version", "apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrulez: []\n", `F:1: apiVersion "audit.k8s.io/v1beta1" is not read, as kube-apiserver no longer does: use audit.k8s.io/v1`},
		{"no version", "kind: Policy\n", `F: apiVersion "" is not read, as kube-apiserver no longer does: use audit.k8s.io/v1`},
		{"no rules", head + "rules: []\n", `F:3: rules: a policy without rules would drop everything, and kube-apiserver refuses it: add one`},
		{"wrong type", head + "rules:\n- level: None\n  users: system:apiserver\n", "F:5: cannot unmarshal !!str `system:...` into []string"},
		{"our own keys", head + "rules:\n- level: None\n  userAgents: [x]\n  name: n\n  responseCodes: [403]\n",
			"F:5: rules[0].userAgents: kube-apiserver passes over this key, and would apply the rule to more: put the rule under policy in the configuration\n" +
				"F:7: rules[0].responseCodes: kube-apiserver passes over this key, and would apply the rule to more: put the rule under policy in the configuration"},
		{"an empty first document", "---\n---\n" + head + "rules: [{level: None}]\n", `F: is no audit policy: it needs kind: Policy and apiVersion: audit.k8s.io/v1`},
		{"wrong values", head + "omitStages: [Never]\nrules:\n- verbs: [get]\n- level: None\n  resources:\n  - group: apps/v1\n",
			"F:3: omitStages[0]: \"Never\" is no stage: use RequestReceived, ResponseStarted, ResponseComplete, Panic\n" +
				"F:5: rules[0].level: is missing: give None, Metadata, Request or RequestResponse\n" +
				"F:8: rules[1].resources[0].group: \"apps/v1\" is no API group: give its name without a version, such as apps, or \"\" for the core group"},
	}
	for _, tt := range tests {
		path := writePolicy(t, tt.text)
		_, err := LoadPolicy(path)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), path, "F"); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	if _, err := LoadPolicy(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestOddPolicies: what kube-apiserver loads is loaded, with a warning that has FILE:LINE.
func TestOddPolicies(t *testing.T) {
	const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
	tests := []struct {
		name, text, want string
		rules            []Rule
	}{
		{"two documents", head + "rules: [{level: None}]\n---\nkind: Policy\nrules: [{level: Request}]\n",
			"F:5: a second document begins: it is passed over, as kube-apiserver does; keep one policy in a file", []Rule{{Level: "None"}}},
		{"an end that begins a document", "# comment\n---\n" + head + "rules: [{level: None}]\n---\n# comment\n", "", []Rule{{Level: "None"}}},
		{"no YAML behind it", head + "rules: [{level: None}]\n---\n{\n", "F: what is behind its first document is no YAML, and passed over, as kube-apiserver does", []Rule{{Level: "None"}}},
		{"unknown keys", head + "rules:\n- level: None\n  user: [x]\n  resources: [{groups: x, group: apps}]\nrulez: 1\nmetadata: {any: {thing: 1}}\n",
			"F:5: rules[0].user: unknown key, which kube-apiserver passes over; did you mean \"users\"?\n" +
				"F:6: rules[0].resources[0].groups: unknown key, which kube-apiserver passes over; did you mean \"group\"?\n" +
				"F:7: rulez: unknown key, which kube-apiserver passes over; did you mean \"rules\"?", []Rule{{Level: "None", Resources: []GroupResources{{Group: "apps"}}}}},
		{"a key twice", head + "rules:\n- level: None\n  level: Metadata\n", "F:4: rules[0].level: stands there again in line 5, which counts", []Rule{{Level: "Metadata"}}},
		{"a name twice", head + "rules:\n- {level: None, name: x, users: [a]}\n- {level: Metadata, name: x}\n",
			"F:5: rules[1].name: \"x\" is taken by a rule before it: this one goes by its place", []Rule{{Level: "None", Name: "x", Users: []string{"a"}}, {Level: "Metadata"}}},
		{"aliases and merge keys", head + "rules:\n- &a {level: None, users: [u]}\n- <<: *a\n  verbs: [get]\n- *a\n", "",
			[]Rule{{Level: "None", Users: []string{"u"}}, {Level: "None", Users: []string{"u"}, Verbs: []string{"get"}}, {Level: "None", Users: []string{"u"}}}},
	}
	for _, tt := range tests {
		path := writePolicy(t, tt.text)
		list, err := LoadPolicy(path)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := strings.ReplaceAll(strings.Join(list.Warnings, "\n"), path, "F"); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if !reflect.DeepEqual(list.Rules, tt.rules) {
			t.Errorf("%s: %+v", tt.name, list.Rules)
		}
	}
}
