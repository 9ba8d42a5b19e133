package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
)

// offline does something to the state directory that bears no running agent, and does not wait for one to end.
func offline(ctx context.Context, cfg *config.Config, log *slog.Logger, do func(a *agent) error) error {
	alone := *cfg
	alone.LockTimeout = 0
	a := newAgent(&alone, Options{Once: true, Log: log})
	unlock, err := a.lock(ctx)
	if errors.Is(err, errHeld) {
		return fmt.Errorf("stop the agent first: it holds the lock of the state directory %s", cfg.StateDir)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(a), unlock())
}

// way is a pipeline of the configuration.
type way struct {
	in  *config.Input
	out *config.Output
}

func (w way) name() string { return w.in.Name + "/" + w.out.Name }

// dir is the name of the pipeline's state directory, where its output was not renamed.
func (w way) dir() string { return status.DirName(w.in.Name, w.out.Name) }

// ways are all pipelines of the configuration, in its order.
func (a *agent) ways() (all []way) {
	for i := range a.cfg.Inputs {
		for j := range a.cfg.Outputs {
			if w := (way{&a.cfg.Inputs[i], &a.cfg.Outputs[j]}); w.in.Feeds(w.out) {
				all = append(all, w)
			}
		}
	}
	return all
}

// way finds a pipeline by its name as it is shown, or that of its state directory.
func (a *agent) way(name string) (way, error) {
	all := a.ways()
	i := slices.IndexFunc(all, func(w way) bool { return w.name() == name || w.dir() == name })
	if i >= 0 {
		return all[i], nil
	}
	var known []string
	for _, w := range all {
		known = append(known, w.name())
	}
	return way{}, fmt.Errorf("no pipeline is named %q; there are %s", name, strings.Join(known, ", "))
}
