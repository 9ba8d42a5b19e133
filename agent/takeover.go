package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/status"
	"github.com/auditship/auditship/inputs"
	logfile "github.com/auditship/auditship/inputs/file"
)

// Takeover is what became of another agent's positions for one pipeline.
type Takeover struct {
	Position
	logfile.Adoption
	Kept bool // it has a checkpoint already, which stays
}

// TakeOver lets the pipelines of a stopped agent begin where another agent came to. One that has a checkpoint keeps it, unless anew is set. Inputs that the
// positions say nothing of, and those that are no files, are passed over; it is an error if that leaves none. With dry nothing is written.
func TakeOver(ctx context.Context, cfg *config.Config, log *slog.Logger, positions []logfile.Foreign, anew, dry bool) (all []Takeover, err error) {
	do := func(a *agent) error {
		for _, w := range a.ways() {
			if w.in.File == nil || !logfile.Owns(w.in.File.Path, positions) {
				continue
			}
			t, err := a.adopt(ctx, w, positions, anew, dry)
			if err != nil {
				return fmt.Errorf("pipeline %s: %w", w.name(), err)
			}
			all = append(all, t)
		}
		if len(all) == 0 {
			return errors.New("take over positions: none of them is of the log of an input, or of a backup of it; if the log has another path there, give --path")
		}
		return nil
	}
	if dry {
		return all, do(newAgent(cfg, Options{Once: true, Log: log}))
	}
	err = offline(ctx, cfg, log, do)
	return all, err
}

func (a *agent) adopt(ctx context.Context, w way, positions []logfile.Foreign, anew, dry bool) (t Takeover, err error) {
	t.Pipeline = w.name()
	store := checkpoint.NewStore(a.disk, status.PipelineDir(a.cfg.StateDir, w.dir()), a.log)
	last, err := store.Load()
	if err := errors.Join(err, store.Close()); err != nil && !anew {
		return t, err
	}
	if t.Kept = last != nil && !anew; t.Kept {
		return t, nil
	}
	cursor, adoption, err := a.newInput(w.in).(*logfile.Input).Adopt(positions)
	if err != nil {
		return t, err
	}
	text, err := cursor.MarshalJSON()
	if err != nil {
		return t, err
	}
	there, err := a.survey(ctx, w, inputs.Options{Cursor: text})
	if err != nil {
		return t, err
	}
	t.Adoption, t.Unread, t.Gaps = adoption, there.unread, len(there.gaps)
	if dry {
		return t, nil
	}
	return t, a.move(w, there, nil, 0)
}
