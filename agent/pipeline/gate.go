package pipeline

import (
	"context"
	"sync/atomic"
)

// Gate lets one pipeline at a time work on a large event. The pipeline leaves it when the event is delivered, or as soon as
// its output gives trouble, so that a dead output keeps no other from passing. Each pipeline then holds at most one.
type Gate struct {
	token  chan struct{}
	holder atomic.Pointer[Pipeline]
}

// NewGate makes a gate that stands open.
func NewGate() *Gate { return &Gate{token: make(chan struct{}, 1)} }

// enter waits for the gate; false: ctx ended before.
func (g *Gate) enter(ctx context.Context, p *Pipeline) bool {
	select {
	case g.token <- struct{}{}:
		g.holder.Store(p)
		return true
	case <-ctx.Done():
		return false
	}
}

// leave opens the gate if p holds it.
func (g *Gate) leave(p *Pipeline) {
	if g.holder.CompareAndSwap(p, nil) {
		<-g.token
	}
}
