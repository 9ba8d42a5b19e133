package loki

import (
	"context"
	"time"

	"github.com/auditship/auditship/outputs"
)

// narrow finds out which of the items are refused. The refused request stored what it could, the newest acceptable entry
// included: so the order of what is sent now has no influence on what is accepted, and sending accepted ones again is
// harmless. What the one in the middle tells about others spares most requests where a long log is too old.
func (o *Output) narrow(ctx context.Context, items []item) error {
	middle := len(items) / 2
	if err := o.deliver(ctx, items[middle:middle+1]); err != nil {
		return err
	}
	spread(items, &items[middle])
	if err := o.deliver(ctx, items[:middle]); err != nil {
		return err
	}
	return o.deliver(ctx, items[middle+1:])
}

// spread passes the verdict on an item on to the others for which it must be the same.
func spread(items []item, from *item) {
	if from.verdict == nil {
		return
	}
	for i := range items {
		if it := &items[i]; it.open() && shares(it, from) {
			it.verdict = from.verdict
		}
	}
}

func shares(it, from *item) bool {
	switch from.verdict.Reason {
	case "too_old":
		return it.at.Before(from.at)
	case "too_far_behind":
		return it.at.Before(from.at) && it.stream == from.stream
	case "too_far_in_future":
		return it.at.After(from.at)
	}
	return false
}

// judge decides about the one open entry of the items, which was refused alone: it is made smaller where that helps,
// else it gets its verdict.
func (o *Output) judge(ctx context.Context, items []item, a answer) error {
	it := firstOpen(items)
	reason := a.fault.Reason
	switch {
	case reason == "line_too_long" || a.outcome == tooLarge:
		if it.event.TrimTo(target(it.event.Size(), a.limit)) {
			return o.deliver(ctx, items)
		}
	case reason == "metadata_too_large" && !it.bare:
		it.bare = true
		return o.deliver(ctx, items)
	case reason == "too_far_in_future":
		it.verdict = early(it.at, a)
		return nil
	}
	it.verdict = &outputs.Fault{Reason: reason, Detail: a.fault.Detail, Permanent: true}
	if reason == refused && o.accepted == 0 {
		o.unexplained++
		if o.unexplained == enough {
			return it.verdict // see result
		}
	}
	return nil
}

// enough refusals that nothing explains, and nothing accepted: no need to try the rest.
const enough = 8

func firstOpen(items []item) *item {
	for i := range items {
		if items[i].open() {
			return &items[i]
		}
	}
	return nil
}

// target is how long a line of this size, which was refused, may be.
func target(size, limit int) int {
	if limit > 0 && limit < size {
		return limit
	}
	return size / 2
}

// early is the verdict on an entry from the future. Only a wrong clock makes one, not a client. Up to an hour is waited
// for; what is further ahead would hold up everything behind it, perhaps for years, and is set aside.
func early(at time.Time, a answer) *outputs.Fault {
	now := a.date
	if now.IsZero() {
		now = time.Now()
	}
	const grace = 10 * time.Minute // creation_grace_period
	f := &outputs.Fault{Reason: "too_far_in_future", Detail: a.fault.Detail}
	if ahead := at.Sub(now); ahead > time.Hour {
		f.Permanent = true
	} else {
		f.RetryAfter = max(ahead-grace, time.Second)
	}
	return f
}
