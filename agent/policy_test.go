package agent

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

const policyHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"

// level is what the rules of an output make of a watch.
func level(t *testing.T, r *rules.Rules) rules.Level {
	t.Helper()
	var e event.Event
	record := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"/x","verb":"watch","user":{"username":"u"}}`
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatal(err)
	}
	return r.Decide(&e).Level
}

// TestPoliciesAreTakenIn: a policy file that changes takes effect without a restart, for the output that it is for; a broken one
// changes nothing, and both are told.
func TestPoliciesAreTakenIn(t *testing.T) {
	s := newSite(t)
	write := func(file, text string) { s.must(os.WriteFile(s.path(file), []byte(text), 0o600)) }
	write("one.yaml", policyHead+"- level: Metadata\n")
	write("two.yaml", policyHead+"- {name: all, level: RequestResponse}\n")
	cfg := s.config(`{name: one, file: {path: "%s/one.jsonl"}, policy_file: one.yaml}`, `{name: two, file: {path: "%s/two.jsonl"}, policy_file: two.yaml}`)
	var logged bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		a := newAgent(cfg, Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
		got := [][]*rules.Rules{{cfg.Outputs[0].Rules, cfg.Outputs[1].Rules}}
		defer a.watch(a.policies(cfg, func(next []*rules.Rules) { got = append(got, next) })).stop()
		settle := func() { time.Sleep(15 * time.Second); synctest.Wait() }
		want := func(times int, one, two rules.Level, told string) {
			t.Helper()
			settle()
			if last := got[len(got)-1]; len(got) != times+1 || level(t, last[0]) != one || level(t, last[1]) != two {
				t.Errorf("%d exchanges, levels %v and %v", len(got)-1, level(t, last[0]), level(t, last[1]))
			}
			if !strings.Contains(logged.String(), told) {
				t.Errorf("the log does not tell %q:\n%s", told, logged.String())
			}
		}
		want(0, rules.Metadata, rules.RequestResponse, "")
		write("two.yaml", policyHead+"- {level: None, verbs: [watch], rule: x}\n- {name: all, level: RequestResponse}\n")
		want(1, rules.Metadata, rules.None, `now="added: outputs[1].policy_file[0]"`)
		if !strings.Contains(logged.String(), "unknown key") {
			t.Error("the warning is not told")
		}
		write("one.yaml", policyHead+"- level: Nothing\n")
		want(1, rules.Metadata, rules.None, "one.yaml:4: rules[0].level")
		if failed := a.loads.snapshot()[0].Failed; !strings.Contains(failed, "one.yaml:4: rules[0].level") || gauge(t, a.metrics, "auditship_reload_failed") != 1 {
			t.Errorf("status %q", failed)
		}
		s.must(errors.Join(os.Rename(s.path("one.yaml"), s.path("old.yaml")), os.Symlink("two.yaml", s.path("one.yaml"))))
		want(2, rules.None, rules.None, "")
		if l := a.loads.snapshot()[0]; l.Failed != "" || len(l.Files) != 2 || gauge(t, a.metrics, "auditship_reload_failed") != 0 {
			t.Errorf("status %+v", l)
		}
	})
}

// TestNoPolicyFile: there is nothing to watch.
func TestNoPolicyFile(t *testing.T) {
	cfg := newSite(t).config(archive)
	if targets := newAgent(cfg, Options{Log: quiet}).beside(cfg); len(targets) != 0 {
		t.Errorf("%+v", targets)
	}
}
