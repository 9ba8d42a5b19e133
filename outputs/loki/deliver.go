package loki

import (
	"context"

	"github.com/auditship/auditship/outputs"
)

// deliver sends those of the items that are open in one request, and in parts where the server refuses it. It returns an
// error where the request failed for a reason that is not about its entries.
func (o *Output) deliver(ctx context.Context, items []item) error {
	open := countOpen(items)
	if open == 0 {
		return nil
	}
	a, err := o.push(ctx, items)
	if err != nil {
		return err
	}
	switch {
	case a.outcome == stored:
		o.accept(items)
		return nil
	case a.outcome == failed:
		return a.fault
	case open == 1:
		return o.judge(ctx, items, a)
	case a.outcome == tooLarge:
		return o.halve(ctx, items)
	}
	return o.narrow(ctx, items)
}

// push sends one request with the open ones of the items.
func (o *Output) push(ctx context.Context, items []item) (answer, error) {
	var size [shards]int
	o.body = appendRequest(o.body[:0], items, o.labels, &size)
	o.compressed = compress(o.compressed[:0], o.body)
	if err := o.wait(ctx, size); err != nil {
		return answer{}, err
	}
	a, err := o.post(ctx, o.compressed)
	o.learn(a, err)
	return a, err
}

// learn draws the consequences of an answer for the requests to come.
func (o *Output) learn(a answer, err error) {
	if err != nil || a.outcome != stored {
		o.compressed = nil // the transport may still be reading it: an answer can come before all is sent
	}
	if a.troubled() || err != nil && outputs.FaultOf(err).Reason == "unreachable" {
		o.unrest = unrest{on: true}
	}
	if a.outcome == tooLarge || a.outcome == failed && err == nil && a.fault.Reason == "rate_limited" {
		o.limit = max(o.limit/2, minPush)
	}
}

// wait keeps every shard below its rate. It is not for the server's sake but for ours: see the package's comment.
func (o *Output) wait(ctx context.Context, size [shards]int) error {
	for shard, left := range size {
		for left > 0 {
			n := min(left, o.pace[shard].Burst())
			if err := o.pace[shard].WaitN(ctx, n); err != nil {
				return &outputs.Fault{Reason: "interrupted", Err: err}
			}
			left -= n
		}
	}
	return nil
}

func (o *Output) accept(items []item) {
	for i := range items {
		if items[i].open() {
			items[i].accepted = true
			o.accepted++
		}
	}
	o.limit = min(o.limit+maxPush/16, maxPush)
}

func (o *Output) halve(ctx context.Context, items []item) error {
	middle := len(items) / 2
	if err := o.deliver(ctx, items[:middle]); err != nil {
		return err
	}
	return o.deliver(ctx, items[middle:])
}

func countOpen(items []item) (n int) {
	for i := range items {
		if items[i].open() {
			n++
		}
	}
	return n
}
