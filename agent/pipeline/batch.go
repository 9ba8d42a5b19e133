package pipeline

import (
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// batch is what is delivered and committed together: events and, between them, records that need no delivery.
// Everything its events refer to lies in its arena.
type batch struct {
	sequence uint64
	arena    []byte
	events   []event.Event
	letters  []deadletter.Letter // records that are no events
	counts   ledger.Counts       // what is known before delivery: read, filtered, trimmed
	bytes    int                 // shipped
	large    bool                // holds an event that passed the gate
	cursor   inputs.Cursor       // behind its last record
}

// keptArena is how far an arena may have grown beyond its usual size and still be recycled.
const keptArena = 2

func newBatch(maxBytes, maxEvents int) *batch {
	return &batch{arena: make([]byte, 0, maxBytes+maxBytes/4), events: make([]event.Event, 0, maxEvents)}
}

// reset makes a batch ready for new events.
func (b *batch) reset(maxBytes int) {
	if cap(b.arena) > keptArena*maxBytes {
		b.arena = make([]byte, 0, maxBytes+maxBytes/4)
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

// store copies a record into the arena.
func (b *batch) store(record []byte) []byte {
	start := len(b.arena)
	b.arena = append(b.arena, record...)
	return b.arena[start:len(b.arena):len(b.arena)]
}
