package config

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// TestAutomation: the example for one's own automation drops what such accounts do when all goes well, as themselves; what failed,
// what a person does with their credentials, and what anybody else does stays. The lines are of a real log.
func TestAutomation(t *testing.T) {
	t.Setenv("NODE_NAME", "master-1")
	c, err := Load(examples + "/automation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	judge := c.Outputs[0].Rules
	dropped := 0
	eachEvent(t, "testdata/automation.jsonl", func(e *event.Event) {
		wanted := !e.HasPrefix(e.Text(event.UserAgent), "kubectl/") && e.Code < 400
		if d := judge.Decide(e); (d.Level == rules.None) != wanted {
			t.Errorf("%s leaves %v of %s", d.Rule, d.Level, e.Raw)
		}
		if wanted {
			dropped++
		}
		for _, user := range []string{"jane", "", "system:serviceaccount:ci:ci-bot"} {
			other := strings.Replace(string(e.Raw), `"user":{"username":"`+e.String(e.User.Username)+`"`, `"user":{"username":"`+user+`"`, 1)
			if d := judge.Decide(decode(t, []byte(other))); d.Level == rules.None {
				t.Errorf("%s drops what %q does: %s", d.Rule, user, other)
			}
		}
	})
	if dropped < 10 {
		t.Errorf("only %d events are dropped", dropped)
	}
	eachEvent(t, "../event/testdata/real.jsonl", func(e *event.Event) {
		if d := judge.Decide(e); d.Level == rules.None && e.CallerKind() == event.Human && e.HasPrefix(e.Text(event.UserAgent), "kubectl/") {
			t.Errorf("%s drops what a person does: %s", d.Rule, e.Raw)
		}
	})
}

func eachEvent(t *testing.T, file string, do func(*event.Event)) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		do(decode(t, bytes.TrimSpace(line)))
	}
}

func decode(t *testing.T, line []byte) *event.Event {
	t.Helper()
	var d event.Decoder
	var e event.Event
	if err := d.Decode(line, &e); err != nil {
		t.Fatal(err)
	}
	return &e
}
