// Package agent is the whole of a running auditship: a configuration goes in, pipelines come out. It owns every goroutine.
//
// Each input and output make a pipeline (see [github.com/auditship/auditship/agent/pipeline]) with a reader, a cursor and
// an instance of the output of its own, so that nothing which happens to one destination is felt by another.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/reload"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
)

// Options say how to run.
type Options struct {
	Once    bool         // ship up to the present end of the inputs, and return
	Log     *slog.Logger //
	Version string       // shown in a metric

	// Books, if not nil, is sent a function that reads the state of all pipelines, once they are open. It must have room.
	Books chan<- func() []status.Pipeline
}

// agent is what is running.
type agent struct {
	cfg       *config.Config
	options   Options
	log       *slog.Logger
	disk      disk.FS
	gate      *pipeline.Gate
	metrics   *ledger.Metrics
	inputs    []inputs.Input
	pipelines []*pipeline.Pipeline
	dirs      map[string]bool // of pipelines, in the state directory
	checkers  completeness.Metrics
	reloads   []reload.Target
	loads     loads
	redactKey []byte // see redactor
}

func newAgent(cfg *config.Config, options Options) *agent {
	return &agent{cfg: cfg, options: options, log: options.Log, disk: disk.OS{}, gate: pipeline.NewGate(), metrics: ledger.NewMetrics(), dirs: map[string]bool{}}
}

// Run ships until ctx ends, or with Once until everything is shipped. When ctx ends it delivers what is in flight, as far as
// the shutdown timeout allows, commits, and returns nil: what is left comes at the next start. All that it started has
// ended when it returns.
func Run(ctx context.Context, cfg *config.Config, options Options) (err error) {
	a := newAgent(cfg, options)
	limitMemory(cfg, groupLimit("/"))
	unlock, err := a.lock(ctx)
	if ctx.Err() != nil && !options.Once && errors.Is(err, errHeld) {
		return nil // stopped while it waited
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := a.build(); err != nil {
		return err
	}
	a.reportUnused()
	a.reportReplays()
	if err := a.open(); err != nil {
		return err
	}
	if options.Books != nil {
		options.Books <- a.status
	}
	stopServing, err := a.serve()
	if err != nil {
		return errors.Join(err, closeAll(a.pipelines))
	}
	defer stopServing()
	defer shed(settled)()
	return a.ship(ctx)
}

// open opens all pipelines. One that is held does not keep others from shipping; if all are, there is nothing to do.
func (a *agent) open() error {
	var held []error
	for i, p := range a.pipelines {
		if err := p.Open(); err != nil {
			return errors.Join(err, closeAll(a.pipelines[:i]))
		}
		if err := p.Held(); err != nil {
			held = append(held, fmt.Errorf("pipeline %s: %w", p.Name(), err))
		}
	}
	if len(held) < len(a.pipelines) {
		return nil
	}
	return errors.Join(append(held, closeAll(a.pipelines))...)
}

func closeAll(pipelines []*pipeline.Pipeline) error {
	for _, p := range pipelines {
		p.Close()
	}
	return nil
}

// ship runs inputs and pipelines until the last pipeline has ended.
func (a *agent) ship(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	background, stopInputs := context.WithCancel(context.WithoutCancel(ctx))
	var reading, shipping sync.WaitGroup
	stopComparing, stopWatching := a.compare(background), a.watch(background)
	for i, in := range a.inputs {
		reading.Go(func() {
			if err := in.Run(background); err != nil {
				a.log.Error("watching the input ended; it is still read, by polling", "input", a.cfg.Inputs[i].Name, "error", err)
			}
		})
	}
	errs := make([]error, len(a.pipelines))
	for i, p := range a.pipelines {
		shipping.Go(func() {
			if errs[i] = p.Run(ctx); errs[i] != nil && !errors.Is(errs[i], pipeline.ErrUnfinished) {
				stop() // one that can't work as configured: better to see it at once than to miss it later
			}
		})
	}
	a.log.Info("shipping", "cluster", a.cfg.Cluster, "node", a.cfg.Node, "pipelines", len(a.pipelines))
	a.notify("READY=1")
	reading.Go(func() { <-ctx.Done(); a.notify("STOPPING=1") })
	shipping.Wait()
	stop()
	stopWatching()
	stopComparing() // before the inputs release what their readers are past
	stopInputs()
	reading.Wait()
	a.summarize()
	return errors.Join(errs...)
}

// summarize tells at the end what became of everything.
func (a *agent) summarize() {
	for _, p := range a.pipelines {
		s := p.Ledger().Snapshot()
		a.log.Info("pipeline stopped", "pipeline", p.Name(), "read", s.Read, "delivered", s.Delivered, "filtered", s.Filtered,
			"dead_lettered", s.DeadLettered, "duplicate", s.Duplicate, "unchecked", s.Unchecked, "in_flight", s.InFlight(), "gaps", s.Gaps)
	}
}

// reportUnused names the state of pipelines that are not in the configuration any more.
func (a *agent) reportUnused() {
	entries, err := a.disk.ReadDir(status.PipelineDir(a.cfg.StateDir, ""))
	if err != nil {
		return // a new state directory
	}
	for _, entry := range entries {
		if !a.dirs[entry.Name()] {
			a.log.Warn("state of a pipeline that is not configured any more; remove it, or name it with `was` if its output was renamed", "directory", status.PipelineDir(a.cfg.StateDir, entry.Name()))
		}
	}
}

func errName(kind, name string, err error) error { return fmt.Errorf("%s %s: %w", kind, name, err) }
