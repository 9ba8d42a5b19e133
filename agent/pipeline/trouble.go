package pipeline

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/outputs"
)

const (
	firstPause  = 100 * time.Millisecond
	longestWait = 30 * time.Second
	longestAsk  = 5 * time.Minute // of a server's Retry-After
	reminder    = time.Minute     // between two log lines about the same trouble
)

// trouble is a time in which something is retried: pauses grow, with jitter so that many agents do not come back at once,
// and the log tells of it once in a while.
type trouble struct {
	p        *Pipeline
	attempts int
	since    time.Time
	told     time.Time
	reason   string
}

func (p *Pipeline) newTrouble() *trouble { return &trouble{p: p} }

// pause tells of err and waits before the next attempt; false: ctx ended.
func (t *trouble) pause(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	fault := outputs.FaultOf(err)
	t.tell(fault, err)
	t.p.Gate.leave(t.p)
	t.p.meters.Retried(fault.Reason)
	wait(ctx, t.next(fault))
	return ctx.Err() == nil
}

// next is how long to wait: at least what the server asked for.
func (t *trouble) next(fault *outputs.Fault) time.Duration {
	pause := min(firstPause<<min(t.attempts, 20), longestWait)
	t.attempts++
	pause = pause/2 + rand.N(pause/2+1)
	return max(pause, min(fault.RetryAfter, longestAsk))
}

func (t *trouble) tell(fault *outputs.Fault, err error) {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	if t.reason == fault.Reason && now.Sub(t.told) < reminder {
		return
	}
	t.told, t.reason = now, fault.Reason
	t.p.ledger.Update(func(g *ledger.Progress) { g.Blocked = fault.Reason })
	log := t.p.Log.Warn
	if fault.Blocked {
		log = t.p.Log.Error
	}
	log("delivery fails, trying again", "reason", fault.Reason, "needs_you", fault.Blocked, "error", err, "attempts", t.attempts+1, "since", t.since.UTC().Format(time.RFC3339))
}

// over ends the trouble, if there was any.
func (t *trouble) over() {
	if t.attempts == 0 {
		return
	}
	t.p.ledger.Update(func(g *ledger.Progress) { g.Blocked = "" })
	t.p.Log.Info("delivery goes on", "after", time.Since(t.since).Round(time.Millisecond), "attempts", t.attempts+1)
}
