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
	"sync/atomic"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs/webhook"
)

// Options say how to run.
type Options struct {
	Once    bool           // ship up to the present end of the inputs, and return
	Log     *slog.Logger   //
	Level   *slog.LevelVar // of Log; nil: it stays
	Version string         // shown in a metric

	// Reread reads the configuration again, whenever its file has changed; nil: it stays what it is.
	Reread func() (*config.Config, error)

	Reload <-chan struct{} // look at all files at once; nil: nobody asks
	Flush  <-chan struct{} // send at once what is in hand; nil: nobody asks

	// Books, if not nil, is sent a function that reads the state of all pipelines, once they are open. It must have room.
	Books chan<- func() []status.Pipeline
}

// agent is what is running.
type agent struct {
	cfg      *config.Config // in force; belongs to the goroutine that ships, others look at the crew's
	options  Options
	log      *slog.Logger
	disk     disk.FS
	gate     *pipeline.Gate
	webhooks *webhook.Memory
	metrics  *ledger.Metrics
	crew     atomic.Pointer[crew] // at work; nil: none yet
	loads    loads
	wanted   chan change
}

func newAgent(cfg *config.Config, options Options) *agent {
	return &agent{cfg: cfg, options: options, log: options.Log, disk: disk.OS{}, gate: pipeline.NewGate(), webhooks: webhook.NewMemory(0), metrics: ledger.NewMetrics(), wanted: make(chan change)}
}

// Run ships until ctx ends, or with Once until everything is shipped. When ctx ends it delivers what is in flight, as far as
// the shutdown timeout allows, commits, and returns nil: what is left comes at the next start. All that it started has
// ended when it returns.
func Run(ctx context.Context, cfg *config.Config, options Options) (err error) {
	a := newAgent(cfg, options)
	a.limitMemory(cfg)
	defer pace(opening)()
	unlock, err := a.lock(ctx)
	if ctx.Err() != nil && !options.Once && errors.Is(err, errHeld) {
		return nil // stopped while it waited
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	c, err := a.assemble(cfg, &crew{})
	if err != nil {
		return err
	}
	if err := a.open(c); err != nil {
		return err
	}
	if options.Books != nil {
		options.Books <- a.status
	}
	stopServing, err := a.serve()
	if err != nil {
		return errors.Join(err, closeAll(c.lanes))
	}
	defer stopServing()
	defer shed(settled)()
	return a.ship(ctx)
}

// open opens all pipelines. One that is held does not keep others from shipping; if all are, there is nothing to do.
func (a *agent) open(c *crew) error {
	if err := a.takeOver(c.lanes); err != nil {
		return err
	}
	a.reportUnused()
	a.reportReplays()
	if err := openAll(c.lanes); err != nil {
		return err
	}
	var held []error
	for _, l := range c.lanes {
		if err := l.Held(); err != nil {
			held = append(held, fmt.Errorf("pipeline %s: %w", l.Name(), err))
		}
	}
	if len(held) == len(c.lanes) {
		return errors.Join(append(held, closeAll(c.lanes))...)
	}
	a.crew.Store(c)
	return nil
}

// openAll opens all of them, or none.
func openAll(lanes []*lane) error {
	for i, l := range lanes {
		if err := l.Open(); err != nil {
			return errors.Join(err, closeAll(lanes[:i]))
		}
	}
	return nil
}

func closeAll(lanes []*lane) error {
	for _, l := range lanes {
		l.Close()
	}
	return nil
}

// summarize tells at the end what became of everything.
func (a *agent) summarize(lanes []*lane) {
	for _, l := range lanes {
		s := l.Ledger().Snapshot()
		a.log.Info("pipeline stopped", "pipeline", l.Name(), "read", s.Read, "delivered", s.Delivered, "filtered", s.Filtered,
			"dead_lettered", s.DeadLettered, "duplicate", s.Duplicate, "unchecked", s.Unchecked, "in_flight", s.InFlight(), "gaps", s.Gaps)
	}
}

// reportUnused names the state of pipelines that are not in the configuration any more.
func (a *agent) reportUnused() {
	entries, err := a.disk.ReadDir(status.PipelineDir(a.cfg.StateDir, ""))
	if err != nil {
		return // a new state directory
	}
	used := map[string]bool{}
	for _, w := range a.ways() {
		used[w.dir()] = true
	}
	for _, entry := range entries {
		if !used[entry.Name()] {
			a.log.Warn("state of a pipeline that is not configured any more; remove it, or name it with `was` if its output was renamed", "directory", status.PipelineDir(a.cfg.StateDir, entry.Name()))
		}
	}
}

func errName(kind, name string, err error) error { return fmt.Errorf("%s %s: %w", kind, name, err) }
