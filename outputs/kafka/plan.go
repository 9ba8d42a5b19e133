package kafka

import (
	"slices"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// plan assigns the events to partitions, anew or, where a Write is under way, as they were, even if the topic has got
// more of them since.
func (o *Output) plan(t topic, events []event.Event) error {
	if err := o.settleOn(t); err != nil {
		return err
	}
	for i := range o.partitions {
		p := &o.partitions[i]
		p.events, p.most, p.renewed = p.events[:0], 0, false
	}
	for i := range events {
		o.key = o.appendKey(o.key[:0], &events[i])
		p := &o.partitions[partitionOf(o.key, events[i].ID, len(o.partitions))]
		p.events = append(p.events, i)
	}
	o.verify(events)
	return nil
}

// believed is how often in a row brokers must say that the topic has become smaller: none can lose partitions, so it
// is another topic of that name, unless the broker has not heard of its newest partitions.
const believed = 5

// settleOn decides over how many partitions the Write is spread.
func (o *Output) settleOn(t topic) error {
	if o.cluster != t.cluster {
		o.anew(t) // nothing that we know holds there
	}
	underway := slices.ContainsFunc(o.partitions, func(p partition) bool { return p.underway() })
	if underway && len(t.leaders) < len(o.partitions) {
		if o.fewer++; o.fewer < believed {
			return &outputs.Fault{Reason: "no_leader", Detail: "the topic has fewer partitions than before"}
		}
		o.env.Log.Warn("the topic was made anew", "topic", o.cfg.Topic, "partitions", len(t.leaders), "before", len(o.partitions))
		o.anew(t)
	}
	o.fewer = 0
	if !underway || len(o.partitions) == 0 {
		o.spread(len(t.leaders))
	}
	return nil
}

func (o *Output) anew(t topic) {
	clear(o.partitions)
	o.partitions, o.named, o.resumed, o.cluster, o.codec = o.partitions[:0], false, false, t.cluster, o.own
}

// verify gives up what is under way in partitions whose events are others than before.
func (o *Output) verify(events []event.Event) {
	for i := range o.partitions {
		p := &o.partitions[i]
		if !p.underway() || p.matches(events) {
			continue
		}
		o.doubles(p.Done-len(p.Refused)+p.Sent, "other events belong to the unfinished batch than before")
		o.forget(p)
		p.clear()
	}
}

// forget ends the producer's life in a partition: what is sent there from now on is new to the broker.
func (o *Output) forget(p *partition) {
	if o.producer == p.producer {
		o.named = false
	}
	p.named, p.Sent, p.Cut, p.doubt = false, 0, 0, false
}
