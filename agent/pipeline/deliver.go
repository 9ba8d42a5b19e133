package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/outputs"
)

// deliverBatch returns when everything in the batch is accepted or a dead letter.
func (p *Pipeline) deliverBatch(ctx context.Context, b *batch) (ack outputs.Ack, counts ledger.Counts, ok bool) {
	if !p.commits.healthy(ctx) || !p.throttle(ctx, b) || !p.bury(ctx, b.letters) {
		return ack, counts, false
	}
	counts = b.counts
	counts.DeadLettered += uint64(len(b.letters))
	if len(b.events) > 0 && !p.write(ctx, b.events, b.large, &ack, &counts) {
		return ack, counts, false
	}
	return ack, counts, true
}

// write has the output accept the events, but for those that it refuses for good: these become dead letters. Large ones go
// through the gate for each try: between two of them it stands open.
func (p *Pipeline) write(ctx context.Context, events []event.Event, large bool, ack *outputs.Ack, counts *ledger.Counts) bool {
	p.commits.writing(len(events))
	started, trouble := time.Now(), p.newTrouble()
	oldest, _ := events[0].Time(event.StageTimestamp)
	for {
		if large && !p.Gate.enter(ctx, p) { // the trouble of a batch before this one may have opened it, too
			return false
		}
		got, err := p.Output.Write(ctx, events)
		var partial *outputs.PartialError
		if errors.As(err, &partial) {
			var refused []deadletter.Letter
			accepted := len(events) - len(partial.Failures)
			events, refused, err = part(events, partial.Failures)
			if !p.bury(ctx, refused) {
				return false
			}
			counts.DeadLettered += uint64(len(refused))
			counts.Delivered += uint64(accepted)
		} else if err == nil {
			counts.Delivered += uint64(len(events))
			events = nil
		}
		if partial != nil || err == nil {
			ack.State = got.State
			counts.Duplicate += uint64(got.Duplicates)
			counts.Unchecked += uint64(got.Unchecked)
			counts.Trimmed += uint64(got.Trimmed)
		}
		if len(events) == 0 {
			break
		}
		if !trouble.pause(ctx, err) {
			return false
		}
	}
	trouble.over()
	p.meters.Acknowledged(started, oldest)
	return true
}

// part parts the events that are to be written again from those that are refused for good. It moves them within events,
// forward only: so it goes through the failures in their order. err is the first trouble that may pass.
func part(events []event.Event, failures []outputs.Failure) (again []event.Event, refused []deadletter.Letter, err error) {
	slices.SortFunc(failures, func(a, b outputs.Failure) int { return cmp.Compare(a.Index, b.Index) })
	again = events[:0]
	for _, failure := range failures {
		fault := outputs.FaultOf(failure.Err)
		if fault.Permanent {
			refused = append(refused, deadletter.Letter{Time: time.Now(), Reason: fault.Reason, Record: events[failure.Index].Record()})
			continue
		}
		again = append(again, events[failure.Index])
		if err == nil {
			err = failure.Err
		}
	}
	return again, refused, err
}

// bury writes dead letters, for as long as it takes.
func (p *Pipeline) bury(ctx context.Context, letters []deadletter.Letter) bool {
	trouble := p.newTrouble()
	for len(letters) > 0 {
		err := p.DeadLetters.Append(letters)
		if err == nil {
			if p.troubles.due("set_aside") {
				p.Log.Warn("records set aside as dead letters; the metrics count them", "records", len(letters), "first_reason", letters[0].Reason)
			}
			break
		}
		if !trouble.pause(ctx, &outputs.Fault{Reason: "dead_letters", Blocked: true, Err: err}) {
			return false
		}
	}
	trouble.over()
	return true
}

// throttle holds the pipeline to its rate limit. Others do not wait for it.
func (p *Pipeline) throttle(ctx context.Context, b *batch) bool {
	if p.limiter == nil {
		return ctx.Err() == nil
	}
	p.Gate.leave(p)
	for bytes := b.bytes; bytes > 0; {
		part := min(bytes, p.limiter.Burst())
		if p.limiter.WaitN(ctx, part) != nil {
			return false
		}
		bytes -= part
	}
	return ctx.Err() == nil && (!b.large || p.Gate.enter(ctx, p))
}
