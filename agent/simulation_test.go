package agent

import (
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/simulate"
)

const noisy = `, policy: [{level: None, users: ["system:*"], verbs: [get, list, watch]}, {name: people, level: Metadata, actors: [human]}, {name: writes, level: Request, verbs: [create]}]`

func simulation(t *testing.T, lines []string, cfg, against *config.Config, output string) *simulate.Report {
	t.Helper()
	outputs, err := Simulated(cfg, against, output)
	if err != nil {
		t.Fatal(err)
	}
	s := simulate.New(outputs, simulate.Limits{Examples: 1, Top: 3})
	for _, line := range lines {
		s.Add([]byte(line))
	}
	return s.Report()
}

// What is simulated is what happens: the same events are kept by the same rules, and are as long as they are said to be.
func TestSimulatedIsWhatHappens(t *testing.T) {
	for _, c := range []struct{ redaction, more string }{{"redact: {}\n", ""}, {"redact: off\n", ""}, {"redact: {}\n", ", format: ecs"}} {
		redaction := c.redaction
		s := newSite(t)
		s.write(2 * len(real()))
		cfg := s.configWith(redaction, `{name: out, file: {path: "%s/out.jsonl"}`+noisy+c.more+`}`)
		got := simulation(t, s.written, cfg, nil, "").Outputs[0]
		s.must(Run(t.Context(), cfg, Options{Once: true, Log: slog.New(slog.DiscardHandler)}))
		content, err := os.ReadFile(s.path("out.jsonl"))
		s.must(err)
		byRule := map[string]uint64{}
		for line := range strings.Lines(string(content)) {
			if c.more != "" {
				continue // fields have other names then
			}
			var shipped struct{ Auditship struct{ Rule string } }
			s.must(json.Unmarshal([]byte(line), &shipped))
			byRule[shipped.Auditship.Rule]++
		}
		for _, rule := range got.Rules {
			if kept := rule.Decided.Events - rule.Filtered; byRule[rule.Rule] != kept && c.more == "" {
				t.Errorf("%s%q kept %d, and in the simulation %d", redaction, rule.Rule, byRule[rule.Rule], kept)
			}
			delete(byRule, rule.Rule)
		}
		if got.Shipped != uint64(len(content)) || len(byRule) > 0 || got.Filtered.Events == 0 || got.Stripped == 0 {
			t.Errorf("%sshipped %d bytes, and in the simulation %+v; left: %v", redaction, len(content), got, byRule)
		}
	}
}

// Outputs with the same rules are one, and each is compared with the one of its name.
func TestSimulatedOutputs(t *testing.T) {
	s := newSite(t)
	one := func(name, more string) string {
		return `{name: ` + name + `, file: {path: "%s/` + name + `.jsonl"}` + more + `}`
	}
	cfg := s.config(one("a", ""), one("b", noisy), one("c", ""), one("d", ", protect: off"))
	groups := func(all []simulate.Output, err error) (names []string) {
		s.must(err)
		for _, o := range all {
			names = append(names, strings.Join(o.Names, "+"))
		}
		return names
	}
	if got := groups(Simulated(cfg, nil, "")); !slices.Equal(got, []string{"a+c", "b", "d"}) {
		t.Errorf("got %q", got)
	}
	if got := groups(Simulated(cfg, nil, "c")); !slices.Equal(got, []string{"c"}) {
		t.Errorf("got %q", got)
	}
	alone := s.config(one("x", noisy))
	if _, err := Simulated(cfg, nil, "e"); err == nil || !strings.Contains(err.Error(), `no output "e"`) {
		t.Errorf("got %v", err)
	}
	if _, err := Simulated(cfg, alone, ""); err == nil || !strings.Contains(err.Error(), `no output "a" to compare with`) {
		t.Errorf("got %v", err)
	}
	changes := simulation(t, real(), s.config(one("y", "")), alone, "").Outputs[0].Changes
	if len(changes) == 0 || changes[0].Kind != "kept" || changes[0].Is != "" || changes[0].WasLevel != "None" {
		t.Errorf("got %+v", changes)
	}
	if changes := simulation(t, real(), cfg, cfg, "b").Outputs[0].Changes; len(changes) > 0 {
		t.Errorf("a configuration differs from itself: %+v", changes)
	}
}

// Nothing is written, not even a key.
func TestSimulatedTouchesNoState(t *testing.T) {
	s := newSite(t)
	cfg := s.config(`{name: out, file: {path: "%s/out.jsonl"}}`)
	simulation(t, real(), cfg, nil, "")
	entries, err := os.ReadDir(s.dir)
	s.must(err)
	if len(entries) != 1 {
		t.Errorf("beside the configuration there is %v", entries)
	}
}
