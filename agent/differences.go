package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/rules"
)

// tell tells what is different.
func tell(before, after *crew) string {
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
	if changes := exchanged(before.cfg, after.cfg); !changes.None() {
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
