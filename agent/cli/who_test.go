package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
)

const recordedEvents = "../event/testdata/real.jsonl"

func who(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	if code := Main(append([]string{"who"}, args...), &out, &errors); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errors.String())
	}
	return out.String(), errors.String()
}

// TestWho lists who acts in recorded events.
func TestWho(t *testing.T) {
	out, errors := who(t, recordedEvents)
	for _, want := range []string{
		"kubernetes-admin (shared), by certificate X509SHA256=0defe33a2ef5a31716908933fbc7eb94d04f98f929c3ef14fdbf6e1d919f8a15, from 127.0.0.1\n",
		"ci/ci-bot, by token JTI=", "monitoring/prometheus, by token JTI=037e7248-9a8e-415f-a087-a58c1f73d242, minted by kubernetes-admin,", "jane@example.org <jane@example.org>, by certificate X509SHA256=", "anonymous", "unauthenticated",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if errors != "" || strings.Count(out, "\n") < 20 || !strings.HasPrefix(out, "human") {
		t.Errorf("%s\n%s", errors, out)
	}
	asJSON, _ := who(t, "--json", recordedEvents)
	if strings.Count(asJSON, "\n") != strings.Count(out, "\n") || !strings.HasPrefix(asJSON, `{"kind":"human","name":"`) {
		t.Errorf("as JSON:\n%s", asJSON)
	}
}

// TestWhoCSV: what is printed can be filled in and used, and then nothing is lacking.
func TestWhoCSV(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	dir := t.TempDir()
	put := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	out, _ := who(t, "--csv", recordedEvents)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if lines[0] != "user,fingerprint,token,person,email,team,shared" || len(lines) < 5 || !strings.Contains(out, "kubernetes-admin,0defe33a") || strings.Contains(out, "scheduler") {
		t.Fatalf("printed\n%s", out)
	}
	for i, line := range lines[1:] {
		values := strings.Split(line, ",") // no name here has a comma
		values[3] = "somebody"
		lines[1+i] = strings.Join(values, ",")
	}
	put("people.csv", strings.Join(lines, "\n")+"\n")
	people := config.Identities{File: filepath.Join(dir, "people.csv")}
	if m, err := people.Map(); err != nil || m.Len() != len(lines)-1 {
		t.Fatalf("it makes no identities: %v", err)
	}
}

// TestWhoOfHostileNames: neither the terminal nor a file of identities gets what clients wrote into a name.
func TestWhoOfHostileNames(t *testing.T) {
	log := filepath.Join(t.TempDir(), "audit.log")
	var content strings.Builder
	for _, name := range []string{`\u001b[2J`, `a\u202eb`, `#a`, `a\"b,c`} {
		content.WriteString(`{"auditID":"1","stage":"Panic","user":{"username":"` + name + `"}}` + "\n")
	}
	content.WriteString("no event\n")
	if err := os.WriteFile(log, []byte(content.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{log}, {"--json", log}, {"--csv", log}} {
		out, errors := who(t, flags...)
		if strings.ContainsAny(out, "\x1b\u202e") || errors != "auditship: 1 of 5 lines are no audit events\n" {
			t.Errorf("%q: %q, %q", flags, out, errors)
		}
	}
	if out, _ := who(t, "--csv", log); out != "user,fingerprint,token,person,email,team,shared\n\"a\"\"b,c\",,,,,,\n" {
		t.Errorf("as CSV: %q", out)
	}
}
