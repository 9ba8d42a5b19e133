package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/session"
)

const sessionLog = "testdata/sessions.jsonl" // the sessions of real people on a real cluster; the end of the first one is left out

// TestSessionsTellsWhoWasWhere holds the whole list of a recorded log.
func TestSessionsTellsWhoWasWhere(t *testing.T) {
	code, stdout, stderr := run("sessions", sessionLog)
	golden(t, "sessions.txt", stdout)
	if code != 0 || stderr != "" {
		t.Errorf("got %d and %q", code, stderr)
	}
}

// TestSessionsReadsAnything: a compressed copy, a directory and standard input hold the same.
func TestSessionsReadsAnything(t *testing.T) {
	log, err := os.ReadFile(sessionLog)
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := run("sessions", sessionLog)
	dir := t.TempDir()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(log[:len(log)/2])
	w.Close()
	write(t, filepath.Join(dir, "audit-2026-11-22T12-04-00.000.log.gz"), b.String())
	write(t, filepath.Join(dir, "audit.log"), string(log[len(log)/2:]))
	if code, stdout, stderr := run("sessions", dir); code != 0 || strings.Count(stdout, "\n") < strings.Count(want, "\n")-1 || !strings.Contains(stderr, "are no audit events") {
		t.Errorf("a directory, with a line cut in two, gives %d, %q and\n%s", code, stderr, stdout)
	}
	root := newRoot()
	var stdout strings.Builder
	root.SetArgs([]string{"sessions", "-"})
	root.SetIn(bytes.NewReader(log))
	root.SetOut(&stdout)
	if err := root.Execute(); err != nil || stdout.String() != want {
		t.Errorf("standard input gives %v and\n%s", err, stdout.String())
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSessionsFilters(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want int
	}{
		{nil, 12},
		{[]string{"--user", "bob"}, 1},
		{[]string{"--user", "ci:ci-bot"}, 1},
		{[]string{"--user", "system:serviceaccount:ci:ci-bot"}, 1},
		{[]string{"--user", "alice@example.org"}, 1}, // whom the admin became
		{[]string{"--user", "nobody"}, 0},
		{[]string{"--namespace", "default"}, 1},
		{[]string{"--namespace", "default", "--user", "bob"}, 0},
		{[]string{"--since", "2026-11-22T12:04:30Z"}, 3}, // and the one that may go on
		{[]string{"--until", "2026-11-22T12:03:44Z"}, 2},
		{[]string{"--since", "2026-11-23"}, 1},
		{[]string{"--until", "2026-11-22"}, 0},
	} {
		code, stdout, stderr := run(append([]string{"sessions", sessionLog}, tt.args...)...)
		if got := strings.Count(stdout, "\n"); code != 0 || got != tt.want || stderr != "" {
			t.Errorf("%v: %d sessions, want %d; exit code %d, %q\n%s", tt.args, got, tt.want, code, stderr, stdout)
		}
	}
}

// TestSessionsAsJSON: each line is a record, and says the same.
func TestSessionsAsJSON(t *testing.T) {
	_, stdout, _ := run("sessions", "--json", "--user", "bob", sessionLog)
	var r session.Record
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if r.Actor.Name != "bob" || r.Attempts != 2 || r.Outcome != "refused" || r.Pod != "shell" || enrich.Command(r.Argv) != "id" || r.End == nil || *r.Duration <= 0 {
		t.Errorf("got %+v of\n%s", r, stdout)
	}
}

// TestSessionsKnowsPeople: with a configuration, people and networks have names.
func TestSessionsKnowsPeople(t *testing.T) {
	log, err := filepath.Abs(sessionLog)
	if err != nil {
		t.Fatal(err)
	}
	inDir(t, "a.yaml", strings.Replace(good, `\u202e`, "", 1)+`identities: {entries: [{user: bob, person: Bob Builder}]}
networks: {lab: 10.231.0.0/16}
`)
	code, stdout, _ := run("sessions", "-c", "a.yaml", "--user", "Bob Builder", log)
	if code != 0 || !strings.Contains(stdout, "Bob Builder (bob)") || !strings.Contains(stdout, "10.231.0.1 (lab)") {
		t.Errorf("got %d and\n%s", code, stdout)
	}
}

const list = `{"auditID":"a","stage":"ResponseComplete","requestURI":"/apis/rbac.authorization.k8s.io/v1/clusterroles","verb":"list",` +
	`"user":{"username":"system:apiserver"},"requestReceivedTimestamp":"2026-11-22T12:05:00Z","stageTimestamp":"2026-11-22T12:05:00Z"}`

// TestSessionsAfterRestart: what was open when an API server began will never end.
func TestSessionsAfterRestart(t *testing.T) {
	later := filepath.Join(t.TempDir(), "audit.log")
	write(t, later, list+"\n")
	_, stdout, _ := run("sessions", sessionLog, later)
	if !strings.Contains(stdout, "end unknown") || strings.Contains(stdout, " open ") {
		t.Errorf("got\n%s", stdout)
	}
}

// TestSessionsShowsNothingThatATerminalObeys: every text of a session is the caller's.
func TestSessionsShowsNothingThatATerminalObeys(t *testing.T) {
	const hostile = `{"auditID":"a","stage":"ResponseStarted","requestURI":"/x?command=%1b%5b2J%0a&command=%e2%80%ae%ff&container=%9b2J","verb":"get",` +
		`"user":{"username":"jane\u001b[2J\u202e\n"},"userAgent":"kubectl\u009b2J/v1\u0007","sourceIPs":["\u001b"],` +
		`"objectRef":{"resource":"pods","namespace":"\u202e","name":"a\nb","subresource":"exec"},"responseStatus":{"code":101},` +
		`"requestReceivedTimestamp":"2026-11-22T12:05:00Z","stageTimestamp":"2026-11-22T12:05:00Z"}`
	file := filepath.Join(t.TempDir(), "audit.log")
	badTime := strings.Replace(hostile, "2026-11-22T12:05:00Z", `\u001b`, 1)
	write(t, file, hostile+"\n"+badTime+"\nnot JSON\n")
	for _, args := range [][]string{{"sessions", file}, {"sessions", "--json", file}} {
		code, stdout, stderr := run(args...)
		obeyed(t, strings.Join(args[:len(args)-1], " "), stdout)
		if code != 0 || strings.Count(stdout, "\n") != 1 || !strings.Contains(stderr, "2 of 3 lines are no audit events") {
			t.Errorf("%v: got %d, %q and\n%s", args, code, stderr, stdout)
		}
	}
}

// TestNoEvents: an empty or wrong file does not say that nobody did anything.
func TestNoEvents(t *testing.T) {
	dir := t.TempDir()
	empty, foreign, policy := filepath.Join(dir, "empty.log"), filepath.Join(dir, "foreign.log"), filepath.Join(dir, "policy.yaml")
	write(t, empty, "")
	write(t, foreign, "Nov 22 11:50:28 cp-1 sshd[1]: hello\n{}\n")
	write(t, policy, "{kind: Policy, apiVersion: audit.k8s.io/v1, rules: [{level: Metadata}]}")
	for _, command := range []string{"sessions", "sessions --json", "who", "policy volume " + policy + " --log"} {
		for _, log := range []string{empty, foreign} {
			if code, _, stderr := run(append(strings.Fields(command), log)...); code != 1 || !strings.Contains(stderr, errNoEvents.Error()) {
				t.Errorf("%s %s: got %d and %q", command, filepath.Base(log), code, stderr)
			}
		}
	}
}

func TestSessionsWrongUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"requires at least 1 arg": {"sessions"},
		"write it as 2026-11-22":  {"sessions", "--since", "yesterday", sessionLog},
		"--until is not after":    {"sessions", "--since", "2026-11-23", "--until", "2026-11-22", sessionLog},
	} {
		if code, _, stderr := run(args...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: got %d and %q", args, code, stderr)
		}
	}
	if code, _, stderr := run("sessions", "no-such.log", sessionLog); code != 1 || !strings.Contains(stderr, "no-such.log") {
		t.Errorf("got %d and %q", code, stderr)
	}
}
