package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/reload"
)

// change asks for another configuration.
type change struct {
	to    *config.Config
	taken chan<- outcome
}

// outcome is what came of it: what is different now, or why nothing is.
type outcome struct {
	now string
	err error
}

// configFile has the configuration itself read again when it changes.
func (a *agent) configFile(ctx context.Context) []reload.Target {
	if a.options.Reread == nil {
		return nil
	}
	read := a.cfg // the latest, whether it could be taken in or not: only the goroutine that loads looks at it
	return []reload.Target{{Name: "config", Files: []string{a.cfg.File}, Also: func() string { return read.Matches() }, Load: func() (string, error) {
		next, err := a.options.Reread()
		if err != nil {
			return "", err
		}
		read = next
		taken := make(chan outcome, 1)
		select {
		case a.wanted <- change{next, taken}:
			o := <-taken
			return o.now, o.err
		case <-ctx.Done():
			return "", errors.New("the agent is being stopped")
		}
	}}}
}

// take has the pipelines work by another configuration. Those that it does not concern go on; those that it does deliver what
// they have read, commit, and others begin where they ended. With an error nothing has changed, and nobody was stopped.
func (s *shift) take(next *config.Config) outcome {
	before := s.crew.Load()
	people := next.People.Map()
	after, err := s.prepare(next, before)
	if err != nil {
		s.cfg = before.cfg
		return outcome{err: err}
	}
	gone, fresh := before.lacks(after), after.lacks(before)
	if len(gone)+len(fresh) > 0 {
		s.log.Info("taking in a changed configuration", "stop", len(gone), "start", len(fresh), "at_most", next.ShutdownTimeout)
	}
	s.look.stop()
	s.relieve(before, after, gone)
	if err := errors.Join(s.takeOver(fresh), openAll(fresh)); err != nil {
		s.end(errBroken{fmt.Errorf("go on with the changed configuration: %w", err)}) // the disk's fault; nothing is lost by a restart
		return outcome{err: err}
	}
	s.settle(after, gone)
	s.crew.Store(after)
	s.start(after, before)
	next.People.Replace(people)
	s.look = s.watch(s.beside(next))
	return outcome{now: tell(before, after)}
}

// prepare makes the crew of another configuration, as far as that needs no disk.
func (s *shift) prepare(next *config.Config, before *crew) (*crew, error) {
	if err := fixed(before.cfg, next); err != nil {
		return nil, err
	}
	if sameCallers(before.cfg, next) {
		next.People = before.cfg.People // whose map is exchanged, so that pipelines which stay know it
	}
	s.cfg = next
	after, err := s.assemble(next, before)
	if err != nil {
		return nil, err
	}
	return after, reopened(before, after)
}

// relieve ends what the new crew does without.
func (s *shift) relieve(before, after *crew, gone []*lane) {
	dismiss(gone)
	for _, f := range before.lacksFeeds(after) {
		f.stop()
	}
	s.summarize(gone)
}

// settle lets go of what is kept for pipelines that are gone for good, and gives those that stay what is new for them.
func (s *shift) settle(after *crew, gone []*lane) {
	for _, l := range gone {
		if after.lane(l.Name()) == nil {
			l.feed.in.Forget(l.Name())
			s.metrics.Remove(l.InputName, l.OutputName)
		}
	}
	for i, p := range after.cfg.Pipelines() {
		l := after.lanes[i]
		l.Exchange(p.Output.Rules)
		l.DeadLetters.Limit(deadLetterLimits(after.cfg))
	}
	s.limitMemory(after.cfg)
	setLevel(s.options.Level, after.cfg.Log)
	for _, warning := range after.cfg.Warnings {
		s.log.Warn(warning)
	}
	if len(gone) > 0 {
		s.reportUnused()
	}
}
