package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/lint"
)

const lintData = "../policy/lint/testdata/"

// aPolicy has its names chosen by somebody who wants to move the cursor.
const aPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["a\e[2J\u202e"]
  verbs: [list]
- level: Request
  resources: [{group: "", resources: [pods/exec]}]
- level: Metadata
`

func TestPolicyLintPrints(t *testing.T) {
	code, stdout, stderr := run("policy", "lint", lintData+"wrong-group.bad.yaml")
	want := lintData + `wrong-group.bad.yaml:11:7: error: wrong-group: rules[0].resources[0].resources[1]: deployments is not in the core group ("") but in group "apps"
    why: resources are looked up in the group that stands beside them, so this matches nothing
    instead: {group: "apps", resources: [deployments]}
`
	if code != 1 || !strings.Contains(stdout, want) || !strings.HasPrefix(stderr, "auditship: found error: 3") {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
}

// TestPolicyLintCodes: the exit code tells what was found, and files that cannot be read before all.
func TestPolicyLintCodes(t *testing.T) {
	inDir(t, "p.yaml", aPolicy)
	write(t, "warning.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}, {level: Metadata, users: [a]}]\n")
	write(t, "other.yaml", "kind: ConfigMap\n")
	for _, tt := range []struct {
		args string
		code int
	}{
		{"p.yaml --fail-on info", 1}, {"p.yaml", 0}, {"warning.yaml", 0}, {"warning.yaml --fail-on warning", 1}, {"warning.yaml --fail-on fatal", 2}, {"", 2},
		{"none.yaml", 2}, {"other.yaml", 2}, {"warning.yaml none.yaml --fail-on warning", 2},
	} {
		if code, stdout, stderr := run(append([]string{"policy", "lint"}, strings.Fields(tt.args)...)...); code != tt.code {
			t.Errorf("%s: got %d, want %d: %s%s", tt.args, code, tt.code, stdout, stderr)
		}
	}
}

func TestPolicyLintJSON(t *testing.T) {
	code, stdout, _ := run("policy", "lint", "--json", "--fail-on", "info", lintData+"key-twice.bad.yaml", lintData+"key-twice.good.yaml")
	var found []lint.Finding
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || code != 1 || len(found) == 0 || found[0].Code != "key-twice" || found[0].Line != 6 {
		t.Errorf("got %d, %v and %s", code, err, stdout)
	}
	if _, stdout, _ := run("policy", "lint", "--json", lintData+"no-catch-all.good.yaml"); strings.TrimSpace(stdout) == "null" {
		t.Error("no findings are null")
	}
}

func TestPolicyExplainPrints(t *testing.T) {
	inDir(t, "p.yaml", aPolicy)
	code, stdout, stderr := run("policy", "explain", "p.yaml", "--user", "jane", "--groups", "dev,ops", "--resource", "pods/exec", "--namespace", "prod")
	want := `get pods/exec in namespace "prod" by "jane" of dev, ops, system:authenticated
rules[0] (line 5, level None) does not match
    users: [a\x1b[2J\u202e] does not have "jane"
    verbs: [list] does not have "get"
rules[1] (line 8, level Request) matches
    resources: [pods/exec] has "pods"/"exec" of the core group
level: Request
logged: an event at ResponseStarted and ResponseComplete
note: there is no body at any level: the command is in the URI, which Metadata has, too
`
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
}

// TestPolicyExplainEvents: of an event its own request is asked about, whatever it is; wrong usage is told.
func TestPolicyExplainEvents(t *testing.T) {
	inDir(t, "p.yaml", aPolicy)
	write(t, "e.json", `{"auditID":"a","stage":"ResponseStarted","requestURI":"/api/v1/secrets","verb":"list","user":{},"objectRef":{"resource":"secrets"},"responseStatus":{"code":401}}`+"\n")
	code, stdout, _ := run("policy", "explain", "p.yaml", "--event", "e.json", "--json")
	var x policy.Explanation
	if err := json.Unmarshal([]byte(stdout), &x); err != nil || code != 0 || x.Rule != 2 || len(x.Events) != 1 || x.Request.User != "" {
		t.Errorf("got %d, %v and %s", code, err, stdout)
	}
	write(t, "broken.yaml", strings.Replace(aPolicy, "Request\n", "Requests\n", 1))
	for _, args := range []string{"p.yaml", "p.yaml --event none", "p.yaml --event p.yaml", "p.yaml --path x", "p.yaml --path /x --resource y", "broken.yaml --path /x", "none --path /x"} {
		if code, stdout, _ := run(append([]string{"policy", "explain"}, strings.Fields(args)...)...); code != 2 || stdout != "" {
			t.Errorf("%s: got %d and %s", args, code, stdout)
		}
	}
	root := newRoot()
	var out strings.Builder
	root.SetArgs([]string{"policy", "explain", "p.yaml", "--event", "-"})
	event, err := os.Open("e.json")
	if err != nil {
		t.Fatal(err)
	}
	defer event.Close()
	root.SetIn(event)
	root.SetOut(&out)
	if err := root.Execute(); err != nil || !strings.Contains(out.String(), "nobody (a failed login)") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestPolicyCoverage(t *testing.T) {
	inDir(t, "p.yaml", aPolicy)
	write(t, "q.yaml", strings.Replace(aPolicy, "- level: Metadata\n", "", 1))
	code, stdout, stderr := run("policy", "coverage", "p.yaml", "q.yaml")
	for _, want := range []string{"p.yaml", "q.yaml", "exec                          Request   Request\n", "secrets read                  Metadata  None\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	if code != 0 || stderr != "" {
		t.Errorf("got %d and %q", code, stderr)
	}
	var all []struct{ Rows []struct{ ID string } }
	if _, stdout, _ := run("policy", "coverage", "p.yaml", "q.yaml", "--json", "--user", "jane"); json.Unmarshal([]byte(stdout), &all) != nil || len(all) != 2 || all[1].Rows[0].ID != "exec" {
		t.Errorf("got %s", stdout)
	}
	if code, _, _ := run("policy", "coverage", "none.yaml"); code != 2 {
		t.Errorf("got %d for no file", code)
	}
}

func TestPolicyVolume(t *testing.T) {
	log := "../event/testdata/real.jsonl"
	code, stdout, stderr := run("policy", "volume", lintData+"redundant.good.yaml", "--log", log)
	if lines := strings.Split(stdout, "\n"); code != 0 || stderr != "" || len(lines) != 4 || !strings.Contains(lines[2], "redundant.good.yaml") {
		t.Errorf("got %d, %q and\n%s", code, stderr, stdout)
	}
	var all []struct {
		Read, Written struct{ Events, Bytes uint64 }
		Levels        map[string]uint64
	}
	_, stdout, _ = run("policy", "volume", lintData+"redundant.good.yaml", "--log", log, "--json")
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || all[0].Read.Events == 0 || all[0].Written.Bytes >= all[0].Read.Bytes || all[0].Levels["None"]+all[0].Written.Events != all[0].Read.Events {
		t.Errorf("%v: %s", err, stdout)
	}
	if code, _, _ := run("policy", "volume", lintData+"redundant.good.yaml", "--log", "none"); code != 1 {
		t.Errorf("got %d for no log", code)
	}
}
