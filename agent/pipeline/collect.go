package pipeline

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/inputs"
)

const (
	glance      = 128             // records between two looks at the clock while the input never blocks
	exactLinger = 5 * time.Second // see patience
	longestNap  = 500 * time.Millisecond
	awake       = 100 * time.Millisecond // how long a batch is filled, after its linger, with what came while it slept
)

// collector fills batches. It belongs to one goroutine.
type collector struct {
	*Pipeline
	decoder  event.Decoder
	free     chan *batch   // recycled
	ready    chan *batch   // to the deliverers
	back     chan struct{} // a token when the batch with a large record is recycled
	underway atomic.Int64  // memory of the batches that are sent and not recycled
	budget   int64         // for them and the next, which may have half of a batch in any case
	sequence uint64
	exact    int  // events that the next batch must have, whatever its limits; 0: any number
	sparse   bool // the last batch was sent because its linger was over, and was not half full
	sight
}

func newCollector(p *Pipeline, batches int) *collector {
	c := &collector{Pipeline: p, free: make(chan *batch, batches), ready: make(chan *batch), back: make(chan struct{}, 1), exact: p.resume.Pending, budget: budget(batches, p.MaxBytes)}
	if p.Redactor != nil {
		c.decoder.Notable = redact.Notable
	}
	for range batches {
		c.free <- &batch{}
	}
	return c
}

// largeBatch is from where on batches share a budget.
const largeBatch = 1 << 20

// budget is how much memory the batches of a pipeline should have together: half a large one less than all of them. Mostly one is not
// under way for as long as it takes to fill the next; where it is, that is full earlier.
func budget(batches, maxBytes int) int64 {
	if maxBytes <= largeBatch {
		return math.MaxInt64
	}
	return int64(batches*maxBytes - maxBytes/2)
}

// run collects until ctx or the input ends; ended tells that it was the input. Then it closes ready.
func (c *collector) run(ctx context.Context) (ended bool) {
	defer close(c.ready)
	c.passage.ctx = ctx
	for ctx.Err() == nil {
		b, ok := receive(ctx, c.free)
		if !ok {
			return false
		}
		end := c.fill(ctx, b)
		if end == dropped || c.exact > 0 && ctx.Err() != nil {
			return false // a stop in the middle of what must stay together: nothing of it was sent, it comes again
		}
		large := b.large
		if b.cursor == nil {
			c.free <- b
		} else {
			c.exact = 0
			c.send(b)
		}
		if end == inputEnded {
			return true
		}
		if large {
			receive(ctx, c.back) // its record is the reader's, and lasts until the next is read
		}
	}
	return false
}

// send hands a batch on. It waits for a deliverer, which comes as long as there are batches: at a stop they give up.
func (c *collector) send(b *batch) {
	b.sequence = c.sequence
	c.sequence++
	c.commits.sent(b)
	c.ledger.Add(ledger.Counts{Read: b.counts.Read})
	c.ledger.AddBytes(int64(b.bytes))
	c.underway.Add(int64(b.arena.spent()))
	c.ready <- b
}

// progress is what came of reading one record.
type progress int

const (
	goesOn     progress = iota
	lingered            // the time for this batch is over, or the agent stops
	inputEnded          // with Once
	dropped             // a record was read and not taken: the batch must not be sent
)

// fill reads into the batch until it is full, its linger is over, or ctx or the input ends. A batch with anything in it
// has a cursor then.
func (c *collector) fill(ctx context.Context, b *batch) progress {
	at, called := goesOn, c.haste.called() // before anything is in hand
	for at == goesOn && b.counts.Read+b.counts.Gaps == 0 {
		at = c.step(ctx, ctx, b)
	}
	if at == goesOn {
		at = c.gather(ctx, called, b)
	}
	if !b.large { // which says nothing about how many there are
		c.sparse = at == lingered && 2*b.bytes < c.MaxBytes && 2*len(b.events) < c.MaxEvents
	}
	b.identify()
	if b.counts.Read+b.counts.Gaps > 0 {
		b.cursor = c.reader.Cursor()
	}
	return at
}

// gather reads on until the batch is full or its linger is over. Where the last batch was not even half full by then, it
// sleeps in between: to be woken for each record costs more than all else that is done with it.
func (c *collector) gather(ctx, called context.Context, b *batch) progress {
	if c.exact > 0 {
		called = context.Background()
	}
	linger, cancel := within(ctx, called, c.patience())
	defer cancel()
	if !c.sparse || c.exact > 0 {
		return c.read(ctx, linger, linger, b)
	}
	for linger.Err() == nil {
		if at := c.read(ctx, inputs.Ended, linger, b); at != lingered {
			return at
		}
		inputs.Pause(linger, longestNap)
	}
	soon, cancel := context.WithTimeout(ctx, awake)
	defer cancel()
	return c.read(ctx, inputs.Ended, soon, b) // what came while it slept has waited for long enough
}

// read reads what there is, and what comes before wait ends, until the batch is full. It does not go on for long when linger is
// over, even if the input never blocks.
func (c *collector) read(ctx, wait, linger context.Context, b *batch) progress {
	at := goesOn
	for n := 1; at == goesOn && !c.full(b); n++ {
		at = c.step(ctx, wait, b)
		if n%glance == 0 && at == goesOn && c.exact == 0 && linger.Err() != nil {
			return lingered
		}
	}
	return at
}

// patience is how long a batch waits for more. One that must have an exact number of events takes what there is, however
// long that takes, and waits longer for more: they are in the log already, unless what they were judged by has changed.
func (c *collector) patience() time.Duration {
	if c.exact > 0 {
		return exactLinger
	}
	return c.Linger
}

func (c *collector) full(b *batch) bool {
	switch {
	case b.large || b.arena.used >= keptArena*c.MaxBytes:
		return true
	case c.exact > 0:
		return len(b.events) == c.exact
	case c.underway.Load()+int64(b.arena.spent()) >= c.budget && b.arena.spent() >= c.MaxBytes/2:
		return true
	}
	return b.bytes >= c.MaxBytes || b.arena.spent() >= c.MaxBytes || len(b.events) >= c.MaxEvents // bytes is less where bodies are stripped
}

// lose books a gap.
func (c *collector) lose(b *batch, gap *inputs.GapError) {
	c.Log.Error("records are lost", "file", gap.File, "from", gap.From, "to", gap.To, "reason", gap.Reason, "first", gap.First, "last", gap.Last)
	noticed := ledger.Gap{Noticed: time.Now().UTC(), File: gap.File, From: gap.From, To: gap.To, First: gap.First, Last: gap.Last, Reason: gap.Reason}
	c.ledger.AddGap(noticed)
	b.gaps = ledger.LatestGaps(append(b.gaps, noticed))
	b.counts.Gaps++
	b.counts.GapBytes += uint64(max(gap.Bytes(), 0))
}

// recycle gives a batch back.
func (c *collector) recycle(b *batch) {
	c.ledger.AddBytes(-int64(b.bytes))
	c.underway.Add(-int64(b.arena.spent()))
	large := b.large
	b.reset()
	if large {
		c.passage.done()
		c.back <- struct{}{}
	}
	c.free <- b
}

// receive is a receive that ends with ctx, which comes first.
func receive[T any](ctx context.Context, from <-chan T) (value T, ok bool) {
	if ctx.Err() != nil {
		return value, false
	}
	select {
	case value, ok = <-from:
		return value, ok
	case <-ctx.Done():
		return value, false
	}
}
