package kafka

import (
	"fmt"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// settle takes in the answers of a round. Where several partitions have a fault, one that only a human can mend counts.
func (o *Output) settle(events []event.Event) error {
	var worst *outputs.Fault
	for i := range o.partitions {
		p := &o.partitions[i]
		if !p.open() {
			continue
		}
		if until := o.now().Add(p.answer.throttle); until.After(o.paused) {
			o.paused = until
		}
		if f := o.judge(p, events); f != nil && (worst == nil || f.Blocked && !worst.Blocked) {
			worst = f
		}
	}
	if worst == nil {
		return nil
	}
	return worst
}

// judge acts on what became of one batch. Without a fault the next round goes on at once.
func (o *Output) judge(p *partition, events []event.Event) *outputs.Fault {
	if p.answer.err != nil {
		p.doubt = true
		return faultOf(p.answer.err)
	}
	switch code := p.answer.code; verdictOf(code) {
	case stored:
		o.count(p)
		p.acknowledged()
		return nil
	case tooLarge:
		o.shrink(p, events)
		return nil
	case invalid:
		return o.split(p, events)
	case badTime:
		return o.restamp(p)
	case forgotten:
		return o.renew(p)
	case untouched:
		return faultOfCode(p.Partition, code)
	default:
		p.doubt = true
		return faultOfCode(p.Partition, code)
	}
}

// count tells new events from those that the broker had, or may have had and forgotten.
func (o *Output) count(p *partition) {
	switch {
	case o.known(p):
		o.duplicates += p.Sent
	case p.doubt && o.now().Sub(o.saved) > remembered:
		o.doubles(p.Sent, "so long after the first try the broker may have forgotten the producer")
	}
}

// known tells whether the broker had the batch already. Then it answers with the timestamp of the batch that it has
// (UnifiedLog.append: setLogAppendTime(duplicate.timestamp)), which lies before this round; else with none, or on topics
// with message.timestamp.type=LogAppendTime with the present, as far as clocks agree. It only counts.
func (o *Output) known(p *partition) bool {
	if p.answer.code == kafka.DuplicateSequenceNumber {
		return true
	}
	return p.doubt && p.answer.stamp >= 0 && p.answer.stamp < o.sentAt
}

// shrink follows a batch that is too large for the topic: the next ones are smaller, and a single event is trimmed. The
// sequence numbers of what was refused are free.
func (o *Output) shrink(p *partition, events []event.Event) {
	o.limit, o.limited = max(1, min(o.limit, p.size()/2)), o.now()
	sent := p.Sent
	p.discard()
	if sent > 1 {
		return
	}
	e := &events[p.events[p.Done]]
	before := e.Size()
	o.key = o.appendKey(o.key[:0], e)
	p.TrimmedTo = max(1, o.limit-recordsAt-o.batch.overhead()-len(o.key))
	if e.TrimTo(p.TrimmedTo); e.Size() == before {
		p.refused("too_large")
	}
}

// relax tries larger batches once in a while: with small ones each event may cost a round of its own.
func (o *Output) relax() {
	if o.limit < brokerLimit && o.now().Sub(o.limited) >= relaxed {
		o.limit, o.limited = min(2*o.limit, brokerLimit), o.now()
	}
}

// split follows a batch with a record that the broker does not take. A record without a key may be refused for the lack
// of it (by compacted topics), which is no fault of the event.
func (o *Output) split(p *partition, events []event.Event) *outputs.Fault {
	e := &events[p.events[p.Done]]
	o.key = o.appendKey(o.key[:0], e)
	switch {
	case p.Sent > 1:
		p.most = p.Sent / 2
		p.discard()
	case len(o.key) == 0:
		return faultOfCode(p.Partition, p.answer.code)
	default:
		p.discard()
		p.refused("invalid_record")
	}
	return nil
}

// restamp gives records the present time, once their own is refused.
func (o *Output) restamp(p *partition) *outputs.Fault {
	if o.batch.oldest == o.batch.newest {
		return faultOfCode(p.Partition, p.answer.code)
	}
	o.stampNow = true
	return nil
}

// renew follows a broker that does not accept the sequence number. OutOfOrderSequenceNumber proves that the batch is not
// in the log: the last batch of a producer is always remembered, and ours would be that. But where a batch in doubt was taken
// apart, it proves that this one is there. The other errors say that the broker has forgotten the producer, and with it
// perhaps the batch.
func (o *Output) renew(p *partition) *outputs.Fault {
	code := p.answer.code
	switch {
	case p.Cut > 0:
		o.doubles(p.Cut, "the topic took a batch, its answer was lost, and then it refused such batches")
	case p.doubt && code != kafka.OutOfOrderSequenceNumber:
		o.doubles(p.Sent, fmt.Sprintf("the broker has forgotten the producer (error %d)", int(code)))
	}
	o.forget(p)
	if p.renewed {
		return faultOfCode(p.Partition, code)
	}
	p.renewed = true
	o.env.Log.Info("take a new producer ID", "topic", o.cfg.Topic, "partition", p.Partition, "reason", code.Title())
	return nil
}
