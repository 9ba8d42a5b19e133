package pipeline

import (
	"slices"
	"time"

	"github.com/auditship/auditship/agent/buffers"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/inputs"
)

// batch is what is delivered and committed together: events and, between them, records that need no delivery.
// Everything its events and letters refer to lies in its arena, but for a large record: that one is lent by the reader.
type batch struct {
	sequence uint64
	arena    arena
	events   []event.Event
	letters  []deadletter.Letter // records that are no events
	counts   ledger.Counts       // what is known before delivery: read, filtered, trimmed
	bytes    int                 // shipped

	identified, identifiedTo int // events that have their IDs, and how much was in the arena then

	large    bool            // holds a record that passed the gate; it is the last one
	gaps     []ledger.Gap    // that counts has
	mints    []identity.Mint // tokens that were made in its records, which later ones may be calls with
	filtered time.Time       // when the last event happened that was filtered while there was none to ship
	cursor   inputs.Cursor   // behind its last record
}

// keptArena is how far an arena may grow beyond the size of a batch: then the batch is full, whatever must stay together.
const keptArena = 2

// fewEvents is how many places for events a batch has at least.
const fewEvents = 64

// reset makes a batch ready for new events. What it has referred to may be another's at once. Places of which it has used a few
// only are not kept: it had many more events when there was much to catch up with, say.
func (b *batch) reset() {
	b.arena.release()
	clear(b.events)
	if len(b.events) < cap(b.events)/8 && cap(b.events) > fewEvents && !b.large {
		b.events = nil
	}
	clear(b.letters)
	*b = batch{arena: b.arena, events: b.events[:0], letters: b.letters[:0]}
}

// slot is where the next event is decoded to; it belongs to the batch only after keep.
func (b *batch) slot() *event.Event {
	n := len(b.events)
	if n == cap(b.events) {
		b.events = slices.Grow(b.events, max(n, fewEvents)) // rarely, since all that is in a batch is kept for the next
	}
	return &b.events[:n+1][n]
}

// keep takes the event in the slot into the batch.
func (b *batch) keep(size int) {
	b.events = b.events[:len(b.events)+1]
	b.bytes += size
}

// filter books the event in the slot as one that a rule leaves out.
func (b *batch) filter(e *event.Event) {
	b.counts.Read++
	b.counts.Filtered++
	if len(b.events) == 0 {
		b.filtered, _ = e.Time(event.StageTimestamp)
	}
	e.Raw = nil // the reader's
}

// reject makes a dead letter of a record that is no event.
func (b *batch) reject(record []byte, reason string) {
	b.counts.Read++
	b.letters = append(b.letters, deadletter.Letter{Time: time.Now(), Reason: reason, Record: record})
}

// store makes a record last as long as the batch. A large one is not copied: no other is read before it is delivered. Nor is one
// that the reader hands over.
func (b *batch) store(record []byte, from inputs.Reader) []byte {
	if b.large {
		return record
	}
	if len(record) > buffers.Small {
		if reader, ok := from.(inputs.HandsOver); ok && reader.HandOver() {
			return b.arena.adopt(record)
		}
	}
	return b.arena.store(record)
}

// redactRoom is more than what a record mostly becomes longer by when it is redacted, the list of what was redacted included.
const redactRoom = 1 << 10

// redact has a redacted record, if there is anything to redact, last as long as the batch. That of a large one gets memory of its own.
func (b *batch) redact(r *redact.Redactor, e *event.Event, omitManagedFields bool) (err error) {
	if b.large {
		_, err = r.Redact(e, nil, omitManagedFields)
	} else {
		var redacted []byte
		redacted, err = r.Redact(e, b.arena.room(len(e.Raw)+redactRoom), omitManagedFields)
		b.arena.keep(redacted)
	}
	e.Marks = event.Marks{} // the decoder's
	return err
}

// identifyEvery is how many bytes a batch grows before its new events get their IDs: enough to digest many at a time, and few
// enough to be in the processor's cache still.
const identifyEvery = 128 << 10

// identify gives the new events their IDs.
func (b *batch) identify() {
	fresh := b.events[b.identified:]
	sum(fresh)
	for i := range fresh {
		enrich.Identify(&fresh[i])
		if fresh[i].Shape.Head != nil {
			ecs.Identify(&fresh[i])
		}
	}
	b.identified, b.identifiedTo = len(b.events), b.arena.used
}

// times are when the first and the last of what the batch holds happened; zero where that is unknown.
func (b *batch) times() (oldest, newest time.Time) {
	if len(b.events) == 0 {
		return time.Time{}, b.filtered
	}
	oldest, _ = b.events[0].Time(event.StageTimestamp)
	newest, _ = b.events[len(b.events)-1].Time(event.StageTimestamp)
	return oldest, newest
}
