package agent

import (
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/auditship/auditship/agent/config"
)

const routed = `
node: cp-1
inputs:
  - name: log
    file: {path: /nowhere/audit.log}
    outputs: [archive]
  - name: tier
    kafka: {brokers: ["127.0.0.1:1"], topics: [a]}
outputs:
  - name: archive
    file: {path: /nowhere/events.jsonl}
  - name: copy
    file: {path: /nowhere/copy.jsonl}
`

// TestWays are the pipelines that there are: an input that names its outputs makes none with others.
func TestWays(t *testing.T) {
	cfg, err := config.Parse("a.yaml", []byte(routed))
	if err != nil {
		t.Fatal(err)
	}
	a := newAgent(cfg, Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	var names []string
	for _, w := range a.ways() {
		names = append(names, w.name())
	}
	if len(names) != 3 || names[0] != "log/archive" || names[2] != "tier/copy" {
		t.Errorf("got %q", names)
	}
}

// TestPositionInKafka is nobody's to set here, and is not looked at by joining the group.
func TestPositionInKafka(t *testing.T) {
	cfg, err := config.Parse("a.yaml", []byte(routed))
	if err != nil {
		t.Fatal(err)
	}
	cfg.StateDir = t.TempDir()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	if _, err := SkipToEnd(t.Context(), cfg, quiet, "tier/copy"); !errors.Is(err, errGroup) {
		t.Errorf("got %v", err)
	}
	if _, err := SetPosition(t.Context(), cfg, quiet, "tier/copy", []byte(`{}`)); !errors.Is(err, errGroup) {
		t.Errorf("got %v", err)
	}
}
