package agent

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
)

// newChecker makes what compares an input with its API server; nil where that is not configured. With Once there is nothing to
// compare: it takes minutes.
func (a *agent) newChecker(cfg *config.Input, in inputs.Input) *completeness.Checker {
	if cfg.APIServerMetrics == nil || a.options.Once {
		return nil
	}
	log := a.log.With("input", cfg.Name)
	return completeness.New(*cfg.APIServerMetrics, completeness.Parts{
		InputName: cfg.Name, Input: in, Store: checkpoint.NewStore(a.disk, status.CompletenessDir(a.cfg.StateDir, cfg.Name), log), Log: log,
	})
}

// compare begins to run a checker, before its input runs; stop ends that. What it can't do is no reason not to ship.
func (a *agent) compare(c *completeness.Checker) (stop func()) {
	if c == nil {
		return func() {}
	}
	if err := c.Open(); err != nil {
		a.log.Error("nothing will be compared with the API server", "error", err)
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// checkers are those of the crew at work: a prometheus.Collector.
type checkers struct{ *agent }

// Describe is part of prometheus.Collector.
func (checkers) Describe(to chan<- *prometheus.Desc) { completeness.Metrics(nil).Describe(to) }

// Collect is part of prometheus.Collector.
func (c checkers) Collect(to chan<- prometheus.Metric) { c.crew.Load().checkers().Collect(to) }
