package agent

import (
	"context"
	"sync"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
)

// addChecker makes what compares an input with its API server, where that is configured. With Once there is nothing to
// compare: it takes minutes.
func (a *agent) addChecker(cfg *config.Input, in inputs.Input) {
	if cfg.APIServerMetrics == nil || a.options.Once {
		return
	}
	log := a.log.With("input", cfg.Name)
	a.checkers = append(a.checkers, completeness.New(*cfg.APIServerMetrics, completeness.Parts{
		InputName: cfg.Name, Input: in, Store: checkpoint.NewStore(a.disk, status.CompletenessDir(a.cfg.StateDir, cfg.Name), log), Log: log,
	}))
}

// compare begins to run the checkers, before the inputs run; stop ends that. What they can't do is no reason not to ship.
func (a *agent) compare(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, c := range a.checkers {
		if err := c.Open(); err != nil {
			a.log.Error("nothing will be compared with the API server", "error", err)
			continue
		}
		running.Go(func() { c.Run(ctx) })
	}
	return func() { cancel(); running.Wait() }
}
