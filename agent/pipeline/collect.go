package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/inputs"
)

const (
	glance       = 128             // records between two looks at the clock while the input never blocks
	troublePause = time.Second     // after an input error that is no gap
	exactLinger  = 5 * time.Second // see patience
	largeRecord  = 1 << 20         // records from here on pass the gate
)

// collector fills batches. It belongs to one goroutine.
type collector struct {
	*Pipeline
	decoder  event.Decoder
	free     chan *batch   // recycled
	ready    chan *batch   // to the deliverers
	large    chan struct{} // holds a token while no batch with a large event is under way
	sequence uint64
	exact    int // events that the next batch must have, whatever its limits; 0: any number
}

func newCollector(p *Pipeline, batches int) *collector {
	c := &collector{Pipeline: p, free: make(chan *batch, batches), ready: make(chan *batch), large: make(chan struct{}, 1), exact: p.resume.Pending}
	for range batches {
		c.free <- newBatch(p.MaxBytes, p.MaxEvents)
	}
	c.large <- struct{}{}
	return c
}

// run collects until ctx or the input ends; ended tells that it was the input. Then it closes ready.
func (c *collector) run(ctx context.Context) (ended bool) {
	defer close(c.ready)
	for ctx.Err() == nil {
		b, ok := receive(ctx, c.free)
		if !ok {
			return false
		}
		end := c.fill(ctx, b)
		if end == dropped || c.exact > 0 && ctx.Err() != nil {
			return false // a stop in the middle of what must stay together: nothing of it was sent, it comes again
		}
		if b.cursor == nil {
			c.free <- b
		} else {
			c.exact = 0
			c.send(b)
		}
		if end == inputEnded {
			return true
		}
	}
	return false
}

// send hands a batch on. It waits for a deliverer, which comes as long as there are batches: at a stop they give up.
func (c *collector) send(b *batch) {
	b.sequence = c.sequence
	c.sequence++
	c.ledger.Add(ledger.Counts{Read: b.counts.Read})
	c.ledger.AddBytes(int64(b.bytes))
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
	at := goesOn
	for at == goesOn && b.counts.Read+b.counts.Gaps == 0 {
		at = c.step(ctx, ctx, b)
	}
	linger, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	for n := 1; at == goesOn && !c.full(b); n++ {
		at = c.step(ctx, linger, b)
		if n%glance == 0 && linger.Err() != nil {
			break
		}
	}
	if b.counts.Read+b.counts.Gaps > 0 {
		b.cursor = c.reader.Cursor()
	}
	return at
}

// step reads one record, if one comes before linger ends.
func (c *collector) step(ctx, linger context.Context, b *batch) progress {
	record, err := c.reader.Next(linger)
	var gap *inputs.GapError
	switch {
	case err == nil:
		if !c.take(ctx, b, record) {
			return dropped
		}
	case err == io.EOF:
		return inputEnded
	case errors.As(err, &gap):
		c.lose(b, gap)
	case linger.Err() != nil:
		return lingered
	default:
		c.Log.Error("read input", "error", err)
		wait(linger, troublePause)
	}
	return goesOn
}

// patience is how long a batch waits for more. One that must have an exact number of events waits longer: they are in the
// log already, unless what they were judged by has changed since.
func (c *collector) patience() time.Duration {
	if c.exact > 0 {
		return exactLinger
	}
	return c.Linger
}

func (c *collector) full(b *batch) bool {
	if c.exact > 0 {
		return len(b.events) == c.exact
	}
	return b.bytes >= c.MaxBytes || len(b.events) >= c.MaxEvents || len(b.arena) >= keptArena*c.MaxBytes || b.large
}

// lose books a gap.
func (c *collector) lose(b *batch, gap *inputs.GapError) {
	c.Log.Error("records are lost", "file", gap.File, "from", gap.From, "to", gap.To, "reason", gap.Reason, "first", gap.First, "last", gap.Last)
	c.ledger.AddGap(ledger.Gap{Noticed: time.Now().UTC(), File: gap.File, From: gap.From, To: gap.To, First: gap.First, Last: gap.Last, Reason: gap.Reason})
	b.counts.Gaps++
	b.counts.GapBytes += uint64(max(gap.Bytes(), 0))
}

// take judges one record and puts it where it belongs. It returns false when ctx ended before it could; the record then
// comes again after a restart.
func (c *collector) take(ctx context.Context, b *batch, record inputs.Record) bool {
	if len(record.Data) >= largeRecord && !c.passGate(ctx, b) {
		return false
	}
	b.counts.Read++
	if record.Torn != "" {
		c.reject(b, record.Data, record.Torn)
		return true
	}
	e := b.slot()
	if err := c.decoder.Decode(record.Data, e); err != nil {
		c.reject(b, record.Data, err.Error())
		return true
	}
	decision := c.Rules.Decide(e)
	if decision.Level == rules.None {
		b.counts.Filtered++
		return true
	}
	e.ID, e.Rule = event.Sum(record.Data), decision.Rule
	e.Raw = b.store(record.Data)
	strip(e, decision.Level)
	c.enrich(b, e)
	return true
}

func (c *collector) enrich(b *batch, e *event.Event) {
	start := len(b.arena)
	b.arena = c.Enricher.Enrich(e, b.arena)
	e.Enrichment = b.arena[start:len(b.arena):len(b.arena)]
	size := e.Size()
	if size > c.MaxEventBytes {
		e.TrimTo(c.MaxEventBytes)
		size = e.Size()
		b.counts.Trimmed++
	}
	b.keep(size)
}

// strip leaves out the bodies that a level does not have.
func strip(e *event.Event, level rules.Level) {
	if level < rules.RequestResponse && e.Has(event.ResponseObject) {
		e.Trimmed |= event.Set(event.ResponseObject)
	}
	if level < rules.Request && e.Has(event.RequestObject) {
		e.Trimmed |= event.Set(event.RequestObject)
	}
}

// reject makes a dead letter of a record that is no event.
func (c *collector) reject(b *batch, record []byte, reason string) {
	b.letters = append(b.letters, deadletter.Letter{Time: time.Now(), Reason: reason, Record: bytes.Clone(record)})
}

// passGate makes sure that large records are under way one at a time in a pipeline, and are worked on one at a time
// in the whole agent, so that many pipelines reading the same huge line do not need its memory many times.
func (c *collector) passGate(ctx context.Context, b *batch) bool {
	if b.large {
		return true
	}
	if _, ok := receive(ctx, c.large); !ok {
		return false
	}
	if !c.Gate.enter(ctx, c.Pipeline) {
		c.large <- struct{}{}
		return false
	}
	b.large = true
	return true
}

// recycle gives a batch back.
func (c *collector) recycle(b *batch) {
	c.ledger.AddBytes(-int64(b.bytes))
	if b.large {
		c.Gate.leave(c.Pipeline)
		c.large <- struct{}{}
	}
	b.reset(c.MaxBytes)
	c.free <- b
}

// receive is a receive that ends with ctx.
func receive[T any](ctx context.Context, from <-chan T) (value T, ok bool) {
	select {
	case value, ok = <-from:
		return value, ok
	case <-ctx.Done():
		return value, false
	}
}

// wait waits, at most until ctx ends.
func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
