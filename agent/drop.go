package agent

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/agent/status"
)

// Dropped is how many dead letters of one pipeline were removed.
type Dropped struct {
	Pipeline string
	Letters  int
}

// Drop removes dead letters of a stopped agent, also of pipelines that are not configured any more. The ledger stays: they
// were set aside. A replay that is unfinished keeps what it has taken, unless all are dropped. With an error it returns what
// was done before.
func Drop(ctx context.Context, cfg *config.Config, log *slog.Logger, which Letters) (all []Dropped, err error) {
	err = offline(ctx, cfg, log, func(a *agent) error {
		places, err := a.places(which.Pipeline)
		if err != nil {
			return err
		}
		if err := a.droppable(places, which.IDs); err != nil {
			return err
		}
		for _, p := range places {
			n, err := a.drop(p, which.IDs)
			if err != nil {
				return fmt.Errorf("pipeline %s: %w", p.Name, err)
			}
			if n > 0 {
				all = append(all, Dropped{p.Name, n})
			}
		}
		return nil
	})
	return all, err
}

// places are the pipelines of a name that have state; empty: all.
func (a *agent) places(name string) (some []status.Place, err error) {
	all, err := status.Places(a.disk, a.cfg.StateDir, a.log)
	for _, p := range all {
		if name == "" || p.Name == name || p.Dir == name {
			some = append(some, p)
		}
	}
	if err == nil && name != "" && len(some) == 0 {
		err = fmt.Errorf("no pipeline %q has state", name)
	}
	return some, err
}

// droppable wants each ID to be there, and not to be under way.
func (a *agent) droppable(places []status.Place, ids []event.ID) error {
	found, underway := map[event.ID]bool{}, map[event.ID]bool{}
	for _, p := range places {
		file := status.DeadLetters(a.cfg.StateDir, p.Dir)
		if err := deadletter.Read(a.disk, file, func(l deadletter.Letter) bool { found[l.ID()] = true; return true }); err != nil {
			return err
		}
		if err := deadletter.Read(a.disk, replay.Letters(filepath.Dir(file)), func(l deadletter.Letter) bool { underway[l.ID()] = true; return true }); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if underway[id] {
			return fmt.Errorf("%s is in a replay that is not finished: finish it with replay, or drop all", id)
		}
		if !found[id] {
			return fmt.Errorf("no dead letter has the ID %s", id)
		}
	}
	return nil
}

func (a *agent) drop(p status.Place, ids []event.ID) (removed int, err error) {
	file, minFree := status.DeadLetters(a.cfg.StateDir, p.Dir), int64(a.cfg.Disk.MinFree)
	unwanted := map[event.ID]struct{}{}
	for _, id := range ids {
		unwanted[id] = struct{}{}
	}
	if ids == nil {
		if removed, err = a.abandon(p, file); err != nil {
			return 0, err
		}
	}
	n, err := deadletter.Remove(a.disk, file, minFree, func(l *deadletter.Letter) bool {
		_, there := unwanted[l.ID()]
		return ids == nil || there
	})
	return removed + n, err
}

// abandon ends an unfinished replay where it stands, and returns how many letters it had not come to.
func (a *agent) abandon(p status.Place, file string) (left int, err error) {
	r := replay.New(a.disk, file, int64(a.cfg.Disk.MinFree), a.log)
	unfinished, err := r.Unfinished()
	if err != nil || !unfinished {
		return 0, err
	}
	size, err := deadletter.Measure(a.disk, replay.Letters(filepath.Dir(file)))
	if err != nil {
		return 0, err
	}
	outcome, err := r.Settle(checkpoint.NewStore(a.disk, filepath.Dir(file), a.log))
	return size.Letters - int(outcome.Read+outcome.Gaps), err
}
