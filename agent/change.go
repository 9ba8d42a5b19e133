package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/reload"
	"github.com/auditship/auditship/agent/rules"
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
	return []reload.Target{{Name: "config", Files: []string{a.cfg.File}, Load: func() (string, error) {
		next, err := a.options.Reread()
		if err != nil {
			return "", err
		}
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
	if err := fixed(before.cfg, next); err != nil {
		return outcome{err: err}
	}
	people := next.People.Map()
	if sameCallers(before.cfg, next) {
		next.People = before.cfg.People
	}
	s.cfg = next
	after, err := s.assemble(next, before)
	if err == nil {
		err = reopened(before, after)
	}
	if err != nil {
		s.cfg = before.cfg
		return outcome{err: err}
	}
	gone, fresh := before.lacks(after), after.lacks(before)
	if len(gone)+len(fresh) > 0 {
		s.log.Info("taking in a changed configuration", "stop", len(gone), "start", len(fresh), "at_most", next.ShutdownTimeout)
	}
	s.look.stop()
	rules := exchanged(before.cfg, next)
	s.relieve(before, after, gone)
	if err := errors.Join(s.takeOver(fresh), openAll(fresh)); err != nil {
		s.end(errBroken{fmt.Errorf("go on with the changed configuration: %w", err)}) // the disk's fault; nothing is lost by a restart
		s.crew.Store(before)
		return outcome{err: err}
	}
	s.settle(before, after, gone)
	s.crew.Store(after)
	s.start(after, before)
	next.People.Replace(people)
	s.look = s.watch(s.beside(next))
	return outcome{now: s.tell(before, after, rules)}
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
func (s *shift) settle(before, after *crew, gone []*lane) {
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
	limitMemory(after.cfg, groupLimit("/"))
	setLevel(s.options.Level, after.cfg.Log)
	for _, warning := range after.cfg.Warnings {
		s.log.Warn(warning)
	}
	if len(gone) > 0 {
		s.reportUnused()
	}
}

// tell tells what is different.
func (s *shift) tell(before, after *crew, changes rules.Changes) string {
	var started, restarted, stopped []string
	for _, l := range after.lacks(before) {
		if before.lane(l.Name()) == nil {
			started = append(started, l.Name())
		} else {
			restarted = append(restarted, l.Name())
		}
	}
	for _, l := range before.lacks(after) {
		if after.lane(l.Name()) == nil {
			stopped = append(stopped, l.Name())
		}
	}
	text := fmt.Sprintf("pipelines: %d unchanged", len(after.lanes)-len(started)-len(restarted))
	for _, did := range []struct {
		what  string
		names []string
	}{{"started", started}, {"restarted", restarted}, {"stopped", stopped}} {
		if len(did.names) > 0 {
			text += "; " + did.what + " " + strings.Join(did.names, ", ")
		}
	}
	if !changes.None() {
		text += "; rules: " + changes.String()
	}
	return text
}

// exchanged are the changes of rules between two configurations, for outputs that both have.
func exchanged(before, after *config.Config) (all rules.Changes) {
	former := map[string]*rules.Rules{}
	for _, out := range before.Outputs {
		former[out.Name] = out.Rules
	}
	for _, out := range after.Outputs {
		if former[out.Name] != nil {
			all.Merge(rules.Diff(former[out.Name], out.Rules))
		}
	}
	return all
}

func setLevel(level *slog.LevelVar, cfg config.Log) {
	if level != nil {
		_ = level.UnmarshalText([]byte(cfg.Level)) // it passed the checks
	}
}

// fixed tells of the keys that can't change while the agent runs.
func fixed(before, next *config.Config) error {
	var errs []error
	for key, changed := range map[string]bool{
		"state_dir": before.StateDir != next.StateDir, "listen": before.Listen != next.Listen,
		"admin": before.Admin != next.Admin, "log.format": before.Log.Format != next.Log.Format,
	} {
		if changed {
			errs = append(errs, fmt.Errorf("%s: %s: can't change while the agent runs: it needs a restart", next.File, key))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// reopened tells of an input that can't be opened again.
func reopened(before, after *crew) error {
	for _, f := range append(before.lacksFeeds(after), after.lacksFeeds(before)...) {
		if f.made.Stdin != nil && f.made.Stdin.Path == "" {
			return fmt.Errorf("%s: input %s: standard input can't be opened anew: a change of it needs a restart", after.cfg.File, f.made.Name)
		}
	}
	return nil
}

// sameCallers tells whether what is known of callers is the same, but for identities, which may change at any time.
func sameCallers(a, b *config.Config) bool {
	return reflect.DeepEqual(a.Gateways, b.Gateways) && reflect.DeepEqual(a.OIDC, b.OIDC)
}
