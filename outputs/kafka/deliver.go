package kafka

import (
	"context"
	"errors"
	"slices"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

func (o *Output) deliver(ctx context.Context, events []event.Event) error {
	t, err := o.link.topic(ctx)
	if err != nil {
		return err
	}
	if err := o.plan(t, events); err != nil {
		return err
	}
	for o.open() {
		if err := o.round(ctx, t, events); err != nil {
			return err
		}
	}
	return nil
}

func (o *Output) open() bool {
	return slices.ContainsFunc(o.partitions, func(p partition) bool { return p.open() })
}

// round sends one batch to every partition with events left.
func (o *Output) round(ctx context.Context, t topic, events []event.Event) error {
	if err := o.name(ctx); err != nil {
		return err
	}
	if err := o.encode(events); err != nil {
		return err
	}
	if err := o.save(ctx, events); err != nil {
		return err
	}
	o.send(ctx, t)
	return o.settle(events)
}

// name sees to it that every partition with events left has a producer ID.
func (o *Output) name(ctx context.Context) error {
	for i := range o.partitions {
		p := &o.partitions[i]
		if p.named || !p.open() {
			continue
		}
		if err := o.newProducer(ctx); err != nil {
			return err
		}
		p.producer, p.Sequence, p.named = o.producer, 0, true
	}
	return nil
}

func (o *Output) newProducer(ctx context.Context) (err error) {
	if o.named {
		return nil
	}
	o.producer, err = o.link.newProducer(ctx)
	o.named = err == nil
	return err
}

// finish is the end of a Write in which every event is settled.
func (o *Output) finish() (outputs.Ack, error) {
	ack := outputs.Ack{State: idle, Duplicates: o.duplicates, Unchecked: o.unchecked}
	var failures []outputs.Failure
	for i := range o.partitions {
		p := &o.partitions[i]
		ack.Duplicates += p.before
		for _, r := range p.Refused {
			failures = append(failures, outputs.Failure{Index: p.events[r.At], Err: outputs.Permanent(r.Reason, errRefused)})
		}
		p.clear()
		if o.resumed {
			o.forget(p)
		}
	}
	o.resumed, o.codec, o.duplicates, o.unchecked = false, o.own, 0, 0
	o.batch.records, o.sets = kept(o.batch.records), kept(o.sets)
	if len(failures) == 0 {
		return ack, nil
	}
	slices.SortFunc(failures, func(a, b outputs.Failure) int { return a.Index - b.Index })
	return ack, &outputs.PartialError{Failures: failures}
}

var errRefused = errors.New("the topic takes no such record, not even of the trimmed event: see its max.message.bytes and what validates its records")

// kept is the memory to use again: none after an exceptionally long event.
func kept(b []byte) []byte {
	if cap(b) > 8<<20 {
		return nil
	}
	return b[:0]
}
