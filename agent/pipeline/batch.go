package pipeline

import (
	"time"

	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// batch is what is delivered and committed together: events and, between them, records that need no delivery.
// Everything its events and letters refer to lies in its arena, but for a large record: that one is lent by the reader.
type batch struct {
	sequence uint64
	arena    []byte
	events   []event.Event
	letters  []deadletter.Letter // records that are no events
	counts   ledger.Counts       // what is known before delivery: read, filtered, trimmed
	bytes    int                 // shipped

	identified, identifiedTo int // events that have their IDs, and where the arena ended then

	large    bool            // holds a record that passed the gate; it is the last one
	gaps     []ledger.Gap    // that counts has
	mints    []identity.Mint // tokens that were made in its records, which later ones may be calls with
	filtered time.Time       // when the last event happened that was filtered while there was none to ship
	cursor   inputs.Cursor   // behind its last record
}

// keptArena is how far an arena may grow beyond its usual size: then the batch is full, whatever must stay together.
const keptArena = 2

// usualEvent is how many bytes most events have at least: places for more of them than fill a batch would be memory for nothing.
const usualEvent = 2 << 10

func newBatch(maxBytes, maxEvents int) *batch {
	return &batch{arena: newArena(maxBytes), events: make([]event.Event, 0, min(maxEvents, maxBytes/usualEvent))}
}

// newArena has room for what makes a batch full, and mostly for the record that does so.
func newArena(maxBytes int) []byte { return make([]byte, 0, maxBytes+maxBytes/4) }

// reset makes a batch ready for new events. Where an arena has grown, or a record was lent, places that are not used again soon
// would keep that from being freed.
func (b *batch) reset(maxBytes int) {
	if b.large || cap(b.arena) > maxBytes+maxBytes/4 {
		clear(b.events[:cap(b.events)])
	}
	if cap(b.arena) > keptArena*maxBytes {
		b.arena = newArena(maxBytes)
	}
	clear(b.letters)
	*b = batch{arena: b.arena[:0], events: b.events[:0], letters: b.letters[:0]}
}

// slot is where the next event is decoded to; it belongs to the batch only after keep.
func (b *batch) slot() *event.Event {
	n := len(b.events)
	if n == cap(b.events) {
		b.events = append(b.events, event.Event{})[:n]
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

// store makes a record last as long as the batch. A large one is not copied: no other is read before it is delivered.
func (b *batch) store(record []byte) []byte {
	if b.large {
		return record
	}
	start := len(b.arena)
	b.arena = append(b.arena, record...)
	return b.arena[start:len(b.arena):len(b.arena)]
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
	b.identified, b.identifiedTo = len(b.events), len(b.arena)
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
