package pipeline

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// courtesy is how long a pipeline lets another one finish with its large record. It is no longer: no pipeline may be held
// up by the output of another.
const courtesy = 2 * time.Second

// Gate has pipelines work on large records one after the other, so that many which read the same huge line do not all need
// memory to hold, encode and compress it at once. A pipeline leaves the gate when its record is not in memory any more, or for as
// long as nothing is done with it: its output gives trouble, or its rate is limited. Who stays longer than courtesy has it taken
// by the next, and by one only.
type Gate struct {
	token  chan struct{}
	holder atomic.Pointer[stay]
}

type stay struct {
	p     *Pipeline
	since time.Time
}

// NewGate makes a gate that stands open.
func NewGate() *Gate { return &Gate{token: make(chan struct{}, 1)} }

// enter waits for the gate, for as long as courtesy to each of those before; false: ctx ended.
func (g *Gate) enter(ctx context.Context, p *Pipeline) bool {
	patience := time.NewTimer(courtesy)
	defer patience.Stop()
	for {
		before := g.holder.Load()
		if before != nil && before.p == p {
			return true
		}
		if before != nil {
			patience.Reset(courtesy - time.Since(before.since))
		}
		select {
		case g.token <- struct{}{}:
			g.holder.Store(&stay{p, time.Now()})
			return true
		case <-patience.C:
			if before != nil && g.holder.CompareAndSwap(before, &stay{p, time.Now()}) {
				return true
			}
			patience.Reset(courtesy)
		case <-ctx.Done():
			return false
		}
	}
}

// leave opens the gate if p holds it.
func (g *Gate) leave(p *Pipeline) {
	if now := g.holder.Load(); now != nil && now.p == p && g.holder.CompareAndSwap(now, nil) {
		<-g.token
	}
}

// passage is one pipeline's way through the gate: inputs.Room of its reader. It belongs to the collector, and to who delivers
// its large record meanwhile.
type passage struct {
	ctx    context.Context // of the collector
	p      *Pipeline
	passed bool // the reader holds a large record, or is about to
}

// errNoRoom is for when the agent stops before there is room. The record comes again after the next start.
var errNoRoom = errors.New("stopped before there was room for a large record")

// Take is inputs.Room.
func (w *passage) Take(bytes int) error {
	if bytes < largeRecord || w.passed {
		return nil
	}
	if w.passed = w.p.Gate.enter(w.ctx, w.p); !w.passed {
		return errNoRoom
	}
	return nil
}

// Give is inputs.Room.
func (w *passage) Give() {
	if w.passed {
		w.passed = false
		w.p.Gate.leave(w.p)
	}
}

// pass is for a record that is there: its reader may have asked before, and the trouble of a batch opened the gate since, or
// it may not know of any room.
func (w *passage) pass(ctx context.Context) bool { return w.p.Gate.enter(ctx, w.p) }

// done is for when the record is delivered. A reader that asked holds it until it reads on.
func (w *passage) done() {
	if !w.passed {
		w.p.Gate.leave(w.p)
	}
}
