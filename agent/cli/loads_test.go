package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/status"
)

// TestLoads: since when what a file holds is in force, once for all pipelines, and why what it holds now is not.
func TestLoads(t *testing.T) {
	loaded := time.Now().Add(-time.Minute)
	loads := []status.Load{{Target: "identities", Files: []string{"/etc/people.csv"}, Loaded: loaded},
		{Target: "policy_file", Files: []string{"/etc/a.yaml", "/etc/b.yaml"}, Loaded: loaded, Failed: "a.yaml:4: level: x\nb.yaml:\x1b[2J"}}
	var out bytes.Buffer
	if err := printLoads(&out, []status.Pipeline{{Loads: loads}, {Loads: loads}}); err != nil {
		t.Fatal(err)
	}
	at := loaded.UTC().Format(time.RFC3339)
	want := "identities: /etc/people.csv: taken in " + at + ", 1m0s ago\n" +
		"policy_file: /etc/a.yaml, /etc/b.yaml: taken in " + at + ", 1m0s ago; what it holds now is NOT in force: a.yaml:4: level: x; b.yaml:"
	if got := out.String(); !strings.HasPrefix(got, want) || strings.Contains(got, "\x1b") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	out.Reset()
	if err := printLoads(&out, nil); err != nil || out.Len() > 0 {
		t.Errorf("without pipelines %q, %v", out.String(), err)
	}
}
