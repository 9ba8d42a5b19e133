package agent

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
)

// Stopped is the status of the pipelines while no agent runs: those of the configuration in its order, then those that have
// state and are not configured any more. It changes nothing. With an error it returns what it could find out.
func Stopped(ctx context.Context, cfg *config.Config, log *slog.Logger) (all []status.Pipeline, err error) {
	a := newAgent(cfg, Options{Log: log})
	places, err := status.Places(a.disk, cfg.StateDir, log)
	errs := []error{err}
	rest := map[string]status.Place{}
	for _, p := range places {
		errs = append(errs, p.Damage)
		rest[p.Dir] = p
	}
	for _, w := range a.ways() {
		p, known := rest[w.dir()]
		if !known && w.out.Was != "" {
			p = rest[status.DirName(w.in.Name, w.out.Was)]
		}
		delete(rest, p.Dir)
		s, err := a.stopped(w, p)
		if p.Damage == nil {
			a.measureLag(ctx, w, p, &s)
		}
		all, errs = append(all, s), append(errs, err)
	}
	for _, p := range places {
		if _, left := rest[p.Dir]; left && p.Checkpoint != nil {
			s := status.FromCheckpoint(p.Checkpoint)
			errs = append(errs, s.Measure(a.disk, cfg.StateDir, p.Dir))
			all = append(all, s)
		}
	}
	return all, errors.Join(errs...)
}

// stopped is the status of a configured pipeline, as far as it is in its state.
func (a *agent) stopped(w way, p status.Place) (s status.Pipeline, err error) {
	if p.Checkpoint != nil {
		s = status.FromCheckpoint(p.Checkpoint)
	}
	s.Input, s.Output = w.in.Name, w.out.Name
	if p.Damage != nil {
		s.Blocked = checkpoint.Damaged
	}
	if p.Dir != "" {
		err = s.Measure(a.disk, a.cfg.StateDir, p.Dir)
	}
	return s, err
}

// measureLag looks how much of the log waits. Where that can't be told, it stays unknown.
func (a *agent) measureLag(ctx context.Context, w way, p status.Place, s *status.Pipeline) {
	o := inputs.Options{Start: w.out.StartOf(w.in)}
	if p.Checkpoint != nil {
		o.Cursor = p.Checkpoint.Cursor
	}
	found, err := a.survey(ctx, w, o)
	if err != nil {
		return
	}
	seconds := 0.0
	if !found.oldest.IsZero() {
		seconds = max(0, time.Since(found.oldest).Seconds())
	}
	s.LagBytes, s.LagSeconds = &found.unread, &seconds
}
