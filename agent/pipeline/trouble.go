package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/outputs"
)

const (
	firstPause  = 100 * time.Millisecond
	longestWait = 30 * time.Second
	longestAsk  = 5 * time.Minute // of a server's Retry-After
	reminder    = time.Minute     // between two log lines about the same
)

// troubles are all that a pipeline goes through at present, and what was told of them.
type troubles struct {
	mu    sync.Mutex
	open  []*trouble           // the oldest first
	told  map[string]time.Time // by reason
	names map[string]bool      // reasons that were met
}

// maxReasons is how many reasons are told apart: each is a series of a metric, and some are what a server calls its errors.
const maxReasons = 64

// name is the reason, or "other" where there were too many different ones.
func (t *troubles) name(reason string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.names[reason] && len(t.names) >= maxReasons {
		return "other"
	}
	if t.names == nil {
		t.names = map[string]bool{}
	}
	t.names[reason] = true
	return reason
}

// due tells whether something may be told, which it may once in a while.
func (t *troubles) due(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Sub(t.told[what]) < reminder {
		return false
	}
	if t.told == nil {
		t.told = map[string]time.Time{}
	}
	t.told[what] = now
	return true
}

// trouble is a time in which something is retried: pauses grow, with jitter so that many agents do not come back at once,
// and the log tells of it once in a while.
type trouble struct {
	p        *Pipeline
	attempts int
	since    time.Time
	told     bool
	reason   string
	needsYou bool // it does not pass by itself
}

func (p *Pipeline) newTrouble() *trouble { return &trouble{p: p} }

// pause tells of err and waits before the next attempt; false: ctx ended.
func (t *trouble) pause(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	fault := outputs.FaultOf(err)
	reason := t.p.troubles.name(fault.Reason)
	t.block(reason, fault.Blocked)
	t.tell(reason, fault, err)
	t.p.Gate.leave(t.p)
	t.p.meters.Retried(reason)
	pause, cancel := within(ctx, t.p.haste.called(), t.next(fault))
	defer cancel()
	<-pause.Done()
	return ctx.Err() == nil
}

// next is how long to wait: at least what the server asked for.
func (t *trouble) next(fault *outputs.Fault) time.Duration {
	pause := min(firstPause<<min(t.attempts, 20), longestWait)
	t.attempts++
	pause = pause/2 + t.p.Jitter(pause/2+1)
	return max(pause, min(fault.RetryAfter, longestAsk))
}

// block shows the reason for as long as the trouble lasts.
func (t *trouble) block(reason string, needsYou bool) {
	if t.since.IsZero() {
		t.since = time.Now()
	}
	t.show(func(open []*trouble) []*trouble {
		t.reason, t.needsYou = reason, needsYou
		if !slices.Contains(open, t) {
			open = append(open, t)
		}
		return open
	})
}

// show changes what is open, and has the books tell of the oldest.
func (t *trouble) show(change func(open []*trouble) []*trouble) {
	all := &t.p.troubles
	all.mu.Lock()
	defer all.mu.Unlock()
	reason, needsYou := "", false
	if all.open = change(all.open); len(all.open) > 0 {
		reason, needsYou = all.open[0].reason, all.open[0].needsYou
	}
	t.p.ledger.Update(func(g *ledger.Progress) { g.Blocked, g.NeedsYou = reason, needsYou })
}

func (t *trouble) tell(reason string, fault *outputs.Fault, err error) {
	if !t.p.troubles.due(reason) {
		return
	}
	t.told = true
	level := slog.LevelWarn
	if fault.Blocked {
		level = slog.LevelError
	}
	t.p.Log.Log(context.Background(), level, "delivery fails, trying again", "reason", reason, "needs_you", fault.Blocked,
		"error", err, "attempts", t.attempts+1, "since", t.since.UTC().Format(time.RFC3339))
}

// over ends the trouble, if there was any.
func (t *trouble) over() {
	if t.since.IsZero() {
		return
	}
	t.show(func(open []*trouble) []*trouble {
		return slices.DeleteFunc(open, func(o *trouble) bool { return o == t })
	})
	if t.told {
		t.p.Log.Info("delivery goes on", "after", time.Since(t.since).Round(time.Millisecond), "attempts", t.attempts+1)
	}
}
