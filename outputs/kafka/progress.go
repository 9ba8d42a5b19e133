package kafka

import (
	"math"

	"github.com/auditship/auditship/agent/event"
)

// progress is how far one Write has come in one partition. Together with the events it says exactly which batch a broker
// may or may not have, so it is saved before that batch is sent.
//
// At most one batch of a partition is in doubt at a time, although brokers remember five: a restarted broker reads its
// producers from a snapshot that holds only the last batch of each (ProducerStateManager).
type progress struct {
	Partition int32 `json:"partition"`
	producer
	Sequence  int32     `json:"sequence"`             // of the first record that is not acknowledged
	Done      int       `json:"done"`                 // how many of the Write's events in this partition are settled …
	Refused   []refusal `json:"refused,omitempty"`    // … all acknowledged but for these
	Sent      int       `json:"sent"`                 // how many events behind these are in a batch that may have been sent
	Digest    string    `json:"digest"`               // of the IDs of the events settled and sent
	TrimmedTo int       `json:"trimmed_to,omitempty"` // bytes that the event of a batch of one was trimmed to
	Cut       int       `json:"cut,omitempty"`        // events of the last batch that was taken apart while it was in doubt
}

// refusal is an event that the broker will never take.
type refusal struct {
	At     int    `json:"at"` // among the Write's events in this partition
	Reason string `json:"reason"`
}

// partition is one partition of the topic, and what of the present Write belongs there.
type partition struct {
	progress
	named   bool  // the producer ID is valid
	doubt   bool  // the batch may be at the broker
	events  []int // indices in the Write's events
	most    int   // events in a batch; 0: as many as fit
	renewed bool  // has got a new producer ID in this Write
	before  int   // events that were acknowledged before a crash
	covered int   // events that Digest covers

	start, end int // the encoded batch in Output.sets
	answer     answer
}

// underway tells whether a Write that has not ended has left something here.
func (p *partition) underway() bool { return p.Done+p.Sent > 0 }

// open tells whether events wait to be acknowledged.
func (p *partition) open() bool { return p.Done < len(p.events) }

// acknowledged settles the batch that was sent.
func (p *partition) acknowledged() {
	p.Sequence = advance(p.Sequence, p.Sent)
	p.Done, p.Sent, p.TrimmedTo, p.Cut, p.doubt, p.most = p.Done+p.Sent, 0, 0, 0, false, 2*p.most
}

// refused settles the next event as one that the broker will never take.
func (p *partition) refused(reason string) {
	p.Refused = append(p.Refused, refusal{p.Done, reason})
	p.Done, p.Sent, p.TrimmedTo, p.doubt = p.Done+1, 0, 0, false
}

// discard takes back a batch that was refused as a whole. If it was in doubt, the broker refused it the time before too:
// it is the same batch, and looked at in the same way before the broker looks for what it has. But for a topic whose settings were
// changed in between; then the broker does not know its parts for repeats, and finds their sequence wrong: see renew.
func (p *partition) discard() {
	if p.doubt {
		p.Cut = max(p.Cut, p.Sent)
	}
	p.Sent, p.doubt = 0, false
}

// clear is what follows a Write.
func (p *partition) clear() {
	p.Done, p.Sent, p.Refused, p.Digest, p.TrimmedTo, p.Cut = 0, 0, p.Refused[:0], "", 0, 0
	p.doubt, p.before, p.covered = false, 0, 0
}

// advance is the sequence n records later; it wraps (DefaultRecordBatch.incrementSequence).
func advance(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}

// cover makes Digest that of the events settled and sent. scratch is used and returned.
func (p *partition) cover(events []event.Event, scratch []byte) []byte {
	p.covered = p.Done + p.Sent
	p.Digest, scratch = p.digest(events, scratch)
	return scratch
}

// digest names the first events of the partition, as many as are covered.
func (p *partition) digest(events []event.Event, scratch []byte) (string, []byte) {
	scratch = scratch[:0]
	for _, i := range p.events[:p.covered] {
		scratch = append(scratch, events[i].ID[:]...)
	}
	return event.Sum(scratch).String(), scratch
}

// matches tells whether the events are those that the progress speaks of.
func (p *partition) matches(events []event.Event) bool {
	if p.covered > len(p.events) {
		return false
	}
	digest, _ := p.digest(events, nil)
	return p.covered == 0 || digest == p.Digest
}
