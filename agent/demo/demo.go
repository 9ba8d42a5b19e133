// Package demo shows what auditship does without any server: a recorded audit log is played into a rotating audit.log, the
// real agent follows it and ships to a file, and what arrives there is told in plain words.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/auditship/auditship/agent"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/configs/policies"
)

// sample is a part of a log that a real kube-apiserver 1.36 wrote: people with kubectl, a pipeline, controllers, some who
// should not be there.
//
//go:embed sample.jsonl
var sample string

// Options say how to show it.
type Options struct {
	Out   io.Writer
	Color bool          // with ANSI colors
	Lasts time.Duration // how long the log plays
}

const configuration = `
cluster: demo
node: cp-1
state_dir: %[1]s/state
listen: 127.0.0.1:0
admin: unix://%[1]s/admin.sock
log: {level: warn}
disk: {max_bytes: 64MiB, min_free: 0}
inputs:
  - name: apiserver
    file: {path: %[1]s/log/audit.log}
policy_file: noise.yaml
policy:
  - {name: one event per request, level: RequestResponse, omitStages: [RequestReceived]}
outputs:
  - name: archive
    file: {path: %[1]s/events.jsonl}
    batch: {linger: 50ms}
`

// Run plays the whole sample, or as much as it can until ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "auditship-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := prepare(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "A recorded audit log plays into %s, rotating every %d KiB.\nauditship follows it, drops what is noise, and ships the rest to %s.\n\n", cfg.Inputs[0].File.Path, rotateAt>>10, cfg.Outputs[0].File.Path)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	books := make(chan func() []status.Pipeline, 1)
	var agentErr, playErr error
	var running sync.WaitGroup
	running.Go(func() {
		agentErr = agent.Run(ctx, cfg, agent.Options{Log: slog.New(slog.NewTextHandler(o.Out, &slog.HandlerOptions{Level: slog.LevelWarn})), Books: books})
		stop()
	})
	running.Go(func() {
		playErr = play(ctx, cfg.Inputs[0].File.Path, strings.Split(strings.TrimSpace(sample), "\n"), o.Lasts)
	})

	final := follow(ctx, o, cfg.Outputs[0].File.Path, books)
	stop()
	running.Wait()
	printLedger(o, final)
	return errors.Join(agentErr, playErr)
}

// prepare writes the policy and reads the configuration, as a user would.
func prepare(dir string) (*config.Config, error) {
	path := filepath.Join(dir, "auditship.yaml")
	err := errors.Join(
		os.Mkdir(filepath.Join(dir, "log"), 0o700),
		os.WriteFile(filepath.Join(dir, "noise.yaml"), policies.Noise, 0o600),
		os.WriteFile(path, fmt.Appendf(nil, configuration, dir), 0o600),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare the demo: %w", err)
	}
	return config.Load(path)
}
