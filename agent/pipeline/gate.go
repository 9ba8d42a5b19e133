package pipeline

import (
	"context"
	"sync/atomic"
	"time"
)

// courtesy is how long a pipeline lets another one finish with its large record. It is no longer: no pipeline may be held
// up by the output of another.
const courtesy = 2 * time.Second

// Gate has pipelines work on large records one after the other, so that many which read the same huge line do not all need
// memory to encode and compress it at once. A pipeline leaves the gate when the record is delivered, or as soon as that
// will take longer: its output gives trouble, or its rate is limited.
type Gate struct {
	token  chan struct{}
	holder atomic.Pointer[Pipeline]
}

// NewGate makes a gate that stands open.
func NewGate() *Gate { return &Gate{token: make(chan struct{}, 1)} }

// enter waits for the gate, but not for long; false: ctx ended.
func (g *Gate) enter(ctx context.Context, p *Pipeline) bool {
	patience := time.NewTimer(courtesy)
	defer patience.Stop()
	select {
	case g.token <- struct{}{}:
		g.holder.Store(p)
	case <-patience.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// leave opens the gate if p holds it.
func (g *Gate) leave(p *Pipeline) {
	if g.holder.CompareAndSwap(p, nil) {
		<-g.token
	}
}
