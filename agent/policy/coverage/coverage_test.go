package coverage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/policy"
)

func load(t *testing.T, text string) *policy.Policy {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOf(t *testing.T) {
	p := load(t, `
omitStages: [RequestReceived]
rules:
- level: None
  userGroups: ["system:nodes"]
  resources: [{group: "", resources: [configmaps, secrets]}]
- level: None
  users: ["system:anonymous"]
- level: Request
  omitStages: [ResponseStarted]
  resources: [{group: "", resources: [pods/exec]}]
- level: Request
  omitStages: [ResponseComplete]
  resources: [{group: "", resources: [pods/attach]}]
- level: RequestResponse
  userGroups: ["system:serviceaccounts:example"]
  resources: [{group: rbac.authorization.k8s.io}]
- level: None
  verbs: [deletecollection]
- level: RequestResponse
  verbs: [create]
  namespaces: [example]
- level: Metadata
`)
	want := map[string]string{
		"exec":             "Request at the end",
		"attach":           "Request at the beginning",
		"port-forward":     "RequestResponse (create), Metadata (get)",
		"secret-read":      "Metadata; node: None",
		"secret-write":     "RequestResponse (create), Metadata (update patch delete), None (deletecollection); node: None",
		"rbac-write":       "RequestResponse (create), Metadata (create update patch delete), None (deletecollection); service account: RequestResponse",
		"failed-login":     "RequestResponse (create), Metadata (list /api)",
		"anonymous":        "None",
		"namespace-delete": "Metadata",
	}
	for _, row := range Of(p, Callers()) {
		if text, asked := want[row.ID]; asked && row.String() != text {
			t.Errorf("%s: %q, want %q", row.ID, row.String(), text)
		}
		delete(want, row.ID)
	}
	if len(want) > 0 {
		t.Errorf("no rows %v", want)
	}
}

// TestFailedLogins: without ResponseStarted there is nothing of them, whatever the level.
func TestFailedLogins(t *testing.T) {
	p := load(t, "omitStages: [ResponseStarted]\nrules: [{level: RequestResponse}]\n")
	for _, row := range Of(p, Callers()) {
		switch got := row.String(); {
		case row.ID == "failed-login" && got != "None", row.ID == "exec" && got != "RequestResponse at the end", row.ID == "rbac-write" && got != "RequestResponse":
			t.Errorf("%s: %s", row.ID, got)
		}
	}
}

// TestActions: every row asks for something, and has a name of its own.
func TestActions(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range actions {
		if len(a.requests()) == 0 || seen[a.id] || seen[a.title] || a.title == "" {
			t.Errorf("%+v", a)
		}
		seen[a.id], seen[a.title] = true, true
	}
}
