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
		Warnings: []string{`:11: rules[0].verbs[1]: "*" is taken literally and never matches: leave verbs out to match all`,
			":6: omitManagedFields: has no effect yet: managed fields are shipped"},
		Rules: []Rule{{Level: "None", Users: []string{"system:kube-proxy"}, UserGroups: []string{"g"}, Verbs: []string{"watch", "*"}, Namespaces: []string{"", "prod"},
			Resources: []GroupResources{{Resources: []string{"endpoints", "services/*"}, ResourceNames: []string{"a"}}, {Group: "*"}}},
			{Level: "Metadata", NonResourceURLs: []string{"/healthz*"}, OmitStages: []string{"Panic"}}}}
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
		{"two documents", head + "rules: [{level: None}]\n---\nkind: Policy\n", `F: holds more than one document: keep one policy`},
		{"unknown keys", head + "rules:\n- level: None\n  user: [x]\n  resources: [{groups: x}]\nrulez: 1\n",
			"F:5: unknown key \"user\"\nF:6: unknown key \"groups\"\nF:7: unknown key \"rulez\""},
		{"a key twice", head + "rules:\n- level: None\n  level: Metadata\n", `F:5: mapping key "level" already defined at line 4`},
		{"wrong type", head + "rules:\n- level: None\n  users: system:apiserver\n", "F:5: cannot unmarshal !!str `system:...` into []string"},
		{"our own keys", head + "rules:\n- level: None\n  userAgents: [x]\n  name: n\n  responseCodes: [403]\n",
			"F:6: rules[0].name: a kind: Policy does not have this key: put the rule under policy in the configuration\n" +
				"F:5: rules[0].userAgents: a kind: Policy does not have this key: put the rule under policy in the configuration\n" +
				"F:7: rules[0].responseCodes: a kind: Policy does not have this key: put the rule under policy in the configuration"},
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
