package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/pipeline"
	"github.com/auditship/auditship/agent/replay"
	"github.com/auditship/auditship/agent/status"
)

// Replayed is what became of the dead letters of one pipeline.
type Replayed struct {
	Pipeline string
	ledger.Counts
	Unfit int // are no events, and stay
}

// Replay sends dead letters of a stopped agent again: by the rules of today, to the output as it is configured today. What is
// refused again stays a dead letter. It goes on until all are sent or ctx ends; what is left then is sent by the next Replay,
// whatever that one selects. With an error it returns what was done before.
func Replay(ctx context.Context, cfg *config.Config, log *slog.Logger, which Letters) (all []Replayed, err error) {
	err = offline(ctx, cfg, log, func(a *agent) error {
		ways, err := a.selected(which.Pipeline)
		if err != nil {
			return err
		}
		chosen, err := a.choose(ways, which.IDs)
		for i := 0; i < len(ways) && err == nil; i++ {
			var done Replayed
			if done, err = a.replay(ctx, ways[i], chosen[i]); done != (Replayed{Pipeline: ways[i].name()}) {
				all = append(all, done)
			}
		}
		return err
	})
	return all, err
}

// replay finishes what an earlier replay of the pipeline has left, and then sends what was chosen.
func (a *agent) replay(ctx context.Context, w way, chosen choice) (done Replayed, err error) {
	done = Replayed{Pipeline: w.name(), Unfit: chosen.unfit}
	r := replay.New(a.disk, status.DeadLetters(a.cfg.StateDir, w.dir()), int64(a.cfg.Disk.MinFree), a.log)
	unfinished, err := r.Unfinished()
	if err == nil && unfinished {
		a.log.Info("finishing an earlier replay", "pipeline", w.name())
		err = a.send(ctx, w, r, &done)
	}
	if err != nil || len(chosen.ids) == 0 {
		return done, err
	}
	if err := r.Take(func(l *deadletter.Letter) bool { _, there := chosen.ids[l.ID()]; return there }); err != nil {
		return done, err
	}
	return done, a.send(ctx, w, r, &done)
}

// send sends what a replay has taken.
func (a *agent) send(ctx context.Context, w way, r *replay.Replay, done *Replayed) error {
	books := checkpoint.NewStore(a.disk, status.PipelineDir(a.cfg.StateDir, w.dir()), a.log)
	if err := r.Begin(books); err != nil {
		return err
	}
	p, err := a.replayer(w, r)
	if err != nil {
		return err
	}
	if err := p.Open(); err != nil {
		return err
	}
	err = p.Run(ctx)
	if errors.Is(err, pipeline.ErrUnfinished) {
		return fmt.Errorf("%w; the letters wait, and the next replay begins with them", err)
	}
	if err != nil {
		return err
	}
	outcome, err := r.Settle(books)
	done.Counts.Add(outcome)
	return err
}

// replayer is a pipeline as it is configured, but from the letters that a replay has taken. What it sets aside comes from
// the file that it goes back to: so it is not bounded but by the space on the disk.
func (a *agent) replayer(w way, r *replay.Replay) (*pipeline.Pipeline, error) {
	key, err := a.redactKey()
	if err != nil {
		return nil, err
	}
	configured, err := a.newPipeline(recipe{a.cfg, w.in, w.out, key}, a.newInput(w.in))
	if err != nil {
		return nil, err
	}
	parts := configured.Parts
	parts.Input, parts.Store = r.Input(), r.Store()
	limits := deadletter.Limits{MaxBytes: math.MaxInt64, MinFree: int64(a.cfg.Disk.MinFree)}
	parts.DeadLetters = deadletter.NewFile(a.disk, status.DeadLetters(a.cfg.StateDir, w.dir()), limits)
	return pipeline.New(configured.Config, parts), nil
}

// reportReplays names pipelines with letters that a replay has taken and not sent yet.
func (a *agent) reportReplays() {
	for _, w := range a.ways() {
		letters := replay.Letters(status.PipelineDir(a.cfg.StateDir, w.dir()))
		if _, err := a.disk.Stat(letters); err == nil {
			a.log.Warn("a replay of dead letters is not finished; stop the agent some time, and run `auditship dead-letters replay` again", "pipeline", w.name())
		}
	}
}
