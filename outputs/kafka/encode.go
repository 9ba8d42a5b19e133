package kafka

import (
	"github.com/auditship/auditship/agent/event"
)

// encode makes a batch for every partition with events left. A batch that may have been sent is made again with the same
// events; its bytes may differ, since brokers compare no more than producer and sequence numbers.
func (o *Output) encode(events []event.Event) error {
	o.sets = o.sets[:0]
	o.sentAt = o.now().UnixMilli()
	oldest := o.sentAt - remembered.Milliseconds()
	if o.stampNow {
		oldest = o.sentAt
	}
	for i := range o.partitions {
		if p := &o.partitions[i]; p.open() {
			if err := o.pack(p, events, oldest); err != nil {
				return err
			}
		}
	}
	return nil
}

// pack encodes one batch: what may have been sent, or else as many events as a batch may hold, at least one.
func (o *Output) pack(p *partition, events []event.Event, oldest int64) (err error) {
	fixed, most := p.Sent > 0, p.Sent
	if !fixed {
		most = p.most
	}
	if p.TrimmedTo > 0 { // after a crash too: what is sent again must not be refused for a size that it did not have
		events[p.events[p.Done]].TrimTo(p.TrimmedTo)
		most = 1
	}
	p.start = len(o.sets)
	for {
		o.batch.reset(oldest, o.sentAt)
		o.fill(p, events, most, fixed)
		o.sets, err = o.batch.seal(o.sets[:p.start], o.codec, p.producer, p.Sequence)
		if err != nil {
			return err
		}
		p.end = len(o.sets)
		if fixed || p.size() <= o.limit || o.batch.count == 1 {
			break
		}
		most = max(1, o.batch.count*o.limit/p.size()*9/10)
	}
	if !fixed {
		p.Sent, o.dirty = o.batch.count, true
	}
	return nil
}

// fill adds up to most events, 0 meaning any number, and unless all have to be in, not more than may fit.
func (o *Output) fill(p *partition, events []event.Event, most int, all bool) {
	for _, i := range p.events[p.Done:] {
		e := &events[i]
		o.key = o.appendKey(o.key[:0], e)
		size := len(o.batch.records) + e.Size() + len(o.key) + o.batch.overhead()
		n := o.batch.count
		if n > 0 && (n == most || !all && size > o.codec.ratio*o.limit-recordsAt) {
			return
		}
		o.batch.add(e, o.key)
	}
}

// size is the number of bytes that brokers compare with max.message.bytes.
func (p *partition) size() int { return p.end - p.start - batchAt }
