package spool

import (
	"bytes"
	"context"
	"time"

	"github.com/auditship/auditship/inputs"
)

// enough is how many bytes of records are stored at a time.
const enough = 1 << 20

// retryEvery is how soon it is tried again to store what could not be.
const retryEvery = time.Second

// Gatherer brings records from one source into a Log, many at a time. It belongs to one goroutine.
type Gatherer struct {
	to      *Log
	failed  func(error)
	records [][]byte
	size    int
}

// Gather makes a Gatherer. failed is told each time that nothing can be stored, and the source has to wait.
func (l *Log) Gather(failed func(error)) *Gatherer { return &Gatherer{to: l, failed: failed} }

// Add takes a copy of a record.
func (g *Gatherer) Add(record []byte) {
	g.records = append(g.records, bytes.Clone(record))
	g.size += len(record)
}

// Full tells whether there is enough to be stored.
func (g *Gatherer) Full() bool { return g.size >= enough }

// Empty tells whether all that was added is stored.
func (g *Gatherer) Empty() bool { return len(g.records) == 0 }

// Store makes durable what was added, and waits for room; false: ctx ended before there was any.
func (g *Gatherer) Store(ctx context.Context) bool {
	for len(g.records) > 0 {
		err := g.to.Append(context.WithoutCancel(ctx), g.records)
		if err == nil {
			clear(g.records)
			g.records, g.size = g.records[:0], 0
			return true
		}
		if g.failed(err); !inputs.Pause(ctx, retryEvery) {
			return false
		}
	}
	return true
}
