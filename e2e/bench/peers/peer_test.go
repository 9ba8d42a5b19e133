package peers

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/e2e/bench/corpus"
)

// TestConfigurations fills in what every shipper is given, for both destinations: each must be told all of the work.
func TestConfigurations(t *testing.T) {
	for name, text := range map[string]string{
		"auditship.yaml": auditshipConfig, "collector.yaml": collectorConfig, "rsyslog.conf": rsyslogConfig, "syslog-ng.conf": syslogNGConfig,
	} {
		for _, sink := range []string{"", "127.0.0.1:9200"} {
			job := Job{Log: "/log/audit.log", Dir: t.TempDir(), Out: "/out/events.jsonl", Sink: sink}
			path, err := job.write(name, text)
			if err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			wanted := append([]string{job.Log, Cluster, Node}, corpus.Noise.Users...)
			if name == "syslog-ng.conf" { // its words are in files of their own
				wanted = wanted[:3]
			}
			if sink == "" {
				wanted = append(wanted, job.Out)
			} else if name == "rsyslog.conf" {
				wanted = append(wanted, `serverport="9200"`)
			} else {
				wanted = append(wanted, sink)
			}
			for _, want := range wanted {
				if !strings.Contains(string(content), want) {
					t.Errorf("%s to %q lacks %q", name, sink, want)
				}
			}
			if strings.HasSuffix(name, ".yaml") {
				if err := yaml.Unmarshal(content, new(any)); err != nil {
					t.Errorf("%s to %q: %v", name, sink, err)
				}
			}
		}
	}
}

func TestGrowingConfiguration(t *testing.T) {
	job := Job{Log: "/log", Dir: t.TempDir(), Out: "/out", Rules: 3, Outputs: 2}
	path, err := job.write("auditship.yaml", auditshipConfig)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ Policy, Outputs []any }
	if err := yaml.Unmarshal(content, &config); err != nil || len(config.Policy) != 4 || len(config.Outputs) != 3 {
		t.Errorf("%d rules and %d outputs, want 4 and 3: %v", len(config.Policy), len(config.Outputs), err)
	}
	if outs := job.Outs(); len(outs) != 3 || outs[0] != "/out" || outs[1] == outs[2] {
		t.Errorf("files %v", outs)
	}
}

func TestOnce(t *testing.T) {
	t.Setenv("AUDITSHIP_E2E_BINARY", "/bin/auditship")
	peer, err := Auditship(context.Background(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for follow, want := range map[bool]string{true: "auditship.yaml", false: "--once"} {
		command, err := peer.Prepare(Job{Dir: t.TempDir()}, follow)
		if err != nil {
			t.Fatal(err)
		}
		if last := command.Args[len(command.Args)-1]; !strings.HasSuffix(last, want) {
			t.Errorf("follow %v: %v", follow, command.Args)
		}
	}
}

// TestMissing: a shipper that cannot be had is an error that says why, no end of the comparison.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Rsyslog(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "fetch packages of rsyslog") {
		t.Errorf("got %v", err)
	}
}

func TestUnredacted(t *testing.T) {
	t.Setenv("AUDITSHIP_E2E_BINARY", "/bin/auditship")
	agent, err := Auditship(context.Background(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for peer, want := range map[*Peer]bool{agent: false, Unredacted(agent): true} {
		job := Job{Log: "/log", Dir: t.TempDir(), Out: "/out"}
		if _, err := peer.prepare(job); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(job.Dir, "auditship.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(content), "\nredact: off\n"); got != want {
			t.Errorf("%s: redaction is off is %v", peer.Name, got)
		}
	}
}
