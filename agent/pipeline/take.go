package pipeline

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/inputs"
)

const (
	troublePause = time.Second // after an input error that is no gap
	largeRecord  = 1 << 20     // records from here on pass the gate, and are lent instead of copied
	enrichRoom   = 4 << 10     // more than what is added to an event mostly takes
)

// sight is what is known of the input beyond its records.
type sight struct {
	caughtUp   bool // everything that was there when the reader was opened has been read
	troubled   bool // it had trouble before it had caught up: it may have missed something for now
	complaint  string
	complained time.Time
}

// step reads one record, if one comes before linger ends.
func (c *collector) step(ctx, linger context.Context, b *batch) progress {
	record, err := c.reader.Next(linger)
	if err != nil {
		return c.stopped(linger, b, err)
	}
	if !c.take(ctx, b, record) {
		return dropped
	}
	return goesOn
}

// stopped is for when the input has something else to say. It stands apart so that a record costs no allocation.
func (c *collector) stopped(linger context.Context, b *batch, err error) progress {
	var gap *inputs.GapError
	switch {
	case err == io.EOF:
		c.caughtUp = true
		return inputEnded
	case errors.As(err, &gap):
		c.lose(b, gap)
	case err == errNoRoom:
		c.troubled = true // nothing was read, though there is something
		return lingered
	case linger.Err() != nil && errors.Is(err, linger.Err()):
		c.caughtUp = c.caughtUp || !c.troubled
		return lingered
	default:
		c.complain(err)
		inputs.Pause(linger, troublePause)
		if linger.Err() != nil {
			return lingered
		}
	}
	return goesOn
}

// complain tells of trouble with the input: of the same once in a while.
func (c *collector) complain(err error) {
	c.troubled = true
	if text := err.Error(); text != c.complaint || time.Since(c.complained) >= reminder {
		c.complaint, c.complained = text, time.Now()
		c.Log.Error("read input", "error", err)
	}
}

// take judges one record and puts it where it belongs. It returns false when ctx ended before it could; the record then
// comes again after a restart.
func (c *collector) take(ctx context.Context, b *batch, record inputs.Record) bool {
	e, unfit := b.slot(), record.Torn
	var decision rules.Decision
	if unfit == "" {
		if decision, unfit = c.judge(b, record.Data, e); unfit == "" && decision.Level == rules.None {
			b.filter(e)
			return true
		}
	}
	if len(record.Data) >= largeRecord {
		if b.large = c.passage.pass(ctx); !b.large {
			return false
		}
	}
	raw := b.store(record.Data, c.reader)
	if unfit != "" {
		e.Raw = nil // the reader's
		b.reject(raw, unfit)
		return true
	}
	e.Rule, e.Raw = decision.Rule, raw
	decision.Level.Strip(e)
	stripped := e.Trimmed
	if !wasRedacted(record) && !c.redact(b, e, decision.OmitManagedFields) {
		e.Raw, e.Original = nil, nil
		b.reject(raw, "redaction failed")
		return true
	}
	c.enrich(b, e, record)
	if e.Trimmed != stripped {
		b.counts.Trimmed++
	}
	return true
}

// judge decodes a record and lets the rules decide; unfit says why it is no event. What later events are judged by is learned from
// every event, also from those that are left out.
func (c *collector) judge(b *batch, record []byte, e *event.Event) (decision rules.Decision, unfit string) {
	if err := c.decoder.Decode(record, e); err != nil {
		return decision, err.Error()
	}
	if mint, made := c.Enricher.Observe(e); made {
		b.mints = append(b.mints, mint)
	}
	return c.decide(b, e), ""
}

// redact takes the secrets out of the event; false: it failed, so that the event must not be shipped. One that is far too long
// for the output is trimmed before: its copy would take memory for nothing.
func (c *collector) redact(b *batch, e *event.Event, omitManagedFields bool) bool {
	if c.Redactor == nil {
		return true
	}
	if len(e.Raw) > 2*c.MaxEventBytes {
		e.TrimTo(2 * c.MaxEventBytes)
	}
	err := b.redact(c.Redactor, e, omitManagedFields)
	if err != nil {
		c.Log.Error("an event could not be redacted and is set aside", "error", err)
	}
	return err == nil
}

func (c *collector) enrich(b *batch, e *event.Event, record inputs.Record) {
	addition := c.Enricher.Enrich(e, b.arena.room(enrichRoom+len(e.Redacted)+len(record.Shipped)))
	if record.Shipped != nil {
		addition = keep(e, addition[:0], record)
	}
	e.Enrichment = addition[:len(addition):len(addition)]
	b.arena.keep(addition)
	if c.Shaper != nil {
		b.arena.keep(c.Shaper.Shape(e, b.arena.room(enrichRoom)))
	}
	size := e.Size()
	if size > c.MaxEventBytes {
		e.TrimTo(c.MaxEventBytes)
		size = e.Size()
	}
	b.counts.Read++
	b.keep(size)
	if b.arena.used-b.identifiedTo >= identifyEvery {
		b.identify()
	}
}
