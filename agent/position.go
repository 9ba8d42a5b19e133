package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
)

// Position is where a pipeline stands after it was moved.
type Position struct {
	Pipeline string // INPUT/OUTPUT
	Unread   int64  // bytes behind it; -1: unknown
	Skipped  int64  // bytes that it was moved over without reading them; -1: unknown
	Gaps     int    // losses behind it that the agent will report when it comes there
}

// SetPosition moves a pipeline of a stopped agent to a cursor. The output's state stays, and outputs are told to expect
// repeats; the ledger goes on from where it is, so what is read again is counted again.
func SetPosition(ctx context.Context, cfg *config.Config, log *slog.Logger, pipeline string, cursor json.RawMessage) (at Position, err error) {
	err = offline(ctx, cfg, log, func(a *agent) error {
		w, err := a.way(pipeline)
		if err != nil {
			return err
		}
		there, err := a.survey(ctx, w, inputs.Options{Cursor: cursor})
		if err != nil {
			return err
		}
		at = Position{Pipeline: w.name(), Unread: there.unread, Gaps: len(there.gaps)}
		return a.move(w, there, nil, 0)
	})
	return at, err
}

// SkipToEnd moves a pipeline of a stopped agent behind what is in its log at present. What it skips is booked as a gap.
func SkipToEnd(ctx context.Context, cfg *config.Config, log *slog.Logger, pipeline string) (at Position, err error) {
	err = offline(ctx, cfg, log, func(a *agent) error {
		w, err := a.way(pipeline)
		if err != nil {
			return err
		}
		here := a.standing(ctx, w)
		there, err := a.survey(ctx, w, inputs.Options{Start: inputs.End})
		if err != nil {
			return err
		}
		lost := here.gaps
		at = Position{Pipeline: w.name(), Unread: there.unread, Skipped: -1}
		if here.unread >= 0 {
			at.Skipped = max(0, here.unread-there.unread)
		}
		if at.Skipped != 0 {
			now := time.Now().UTC()
			lost = append(lost, ledger.Gap{Noticed: now, File: filepath.Base(w.in.Place()), From: -1, To: -1, First: here.oldest, Last: now, Reason: "skipped by an operator"})
		}
		return a.move(w, there, lost, at.Skipped)
	})
	return at, err
}

// move writes a pipeline's checkpoint anew. Where the one that it has can't be read, it loses the books and the output's state.
func (a *agent) move(w way, to survey, lost []ledger.Gap, skipped int64) error {
	store, err := a.store(w)
	if err != nil {
		return err
	}
	c, err := store.Load()
	if err != nil {
		a.log.Error("the checkpoint can't be read: the ledger begins anew, and the output may not know what it holds", "pipeline", w.name(), "error", err)
	}
	if c == nil {
		c = &checkpoint.Checkpoint{}
	}
	c.Input, c.Output, c.Pending, c.Clean, c.Time = w.in.Name, w.out.Name, 0, false, time.Now().UTC()
	for _, g := range lost {
		c.Counts.AddGap(g)
	}
	c.Counts.GapBytes += uint64(max(0, skipped))
	c.Gaps = ledger.LatestGaps(append(c.Gaps, lost...))
	if c.Cursor, err = to.cursor.MarshalJSON(); err != nil {
		return err
	}
	return errors.Join(store.Save(c), store.Close())
}

// store has a pipeline's checkpoint.
func (a *agent) store(w way) (*checkpoint.Store, error) {
	name, err := a.stateOf(w.in.Name, w.out)
	if err != nil {
		return nil, err
	}
	return checkpoint.NewStore(a.disk, status.PipelineDir(a.cfg.StateDir, name), a.log), nil
}
