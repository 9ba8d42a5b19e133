package loki

import (
	"cmp"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// item is one event of a Write on its way.
type item struct {
	event    *event.Event
	index    int // in the events given to Write
	at       time.Time
	stream   stream
	bare     bool // goes without structured metadata, but for the ID
	accepted bool
	verdict  *outputs.Fault // why it is not accepted
}

// open tells whether it is still to be sent.
func (it *item) open() bool { return !it.accepted && it.verdict == nil }

// begin sorts the events by their time. Those of the same time stay in their order.
func (o *Output) begin(events []event.Event) {
	clear(o.items)
	o.items = o.items[:0]
	o.accepted, o.unexplained = 0, 0
	if cap(o.body) > maxKept {
		o.body, o.compressed = nil, nil
	}
	for i := range events {
		it := item{event: &events[i], index: i}
		if at, ok := timeOf(it.event); ok {
			it.at, it.stream = at, streamOf(at, it.event.ID)
		} else {
			it.verdict = &outputs.Fault{Reason: "no_timestamp", Permanent: true}
		}
		o.items = append(o.items, it)
	}
	slices.SortStableFunc(o.items, func(a, b item) int { return a.at.Compare(b.at) })
}

// timeOf is the timestamp of the entry: when the stage was reached, else when the request came. Loki counts in
// nanoseconds since 1970, in 64 bits.
func timeOf(e *event.Event) (at time.Time, ok bool) {
	for _, field := range [...]event.Field{event.StageTimestamp, event.RequestReceivedTimestamp} {
		if at, ok = e.Time(field); ok {
			return at, at.Unix() >= 0 && at.Year() < 2262
		}
	}
	return at, false
}

// fit is how many of the items make a request: at least one.
func (o *Output) fit(items []item) int {
	const metadata = 512 // what an entry takes beside its line, about
	var size [shards]int
	for i := range items {
		add := items[i].event.Size() + metadata
		shard := &size[items[i].stream.shard()]
		if *shard > 0 && *shard+add > o.limit {
			return i
		}
		*shard += add
	}
	return len(items)
}

// result is what Write returns. Where everything is refused in words that are not Loki's, it is not the events that are
// at fault but what answers there, such as a proxy.
func (o *Output) result(stopped error) error {
	if o.unexplained > 0 && o.accepted == 0 {
		return &outputs.Fault{Reason: refused, Detail: "status 400", Blocked: true}
	}
	slices.SortFunc(o.items, func(a, b item) int { return cmp.Compare(a.index, b.index) })
	var failures []outputs.Failure
	settled := o.accepted > 0
	for i := range o.items {
		it := &o.items[i]
		if it.accepted {
			continue
		}
		err := stopped
		if it.verdict != nil {
			err, settled = it.verdict, true
		}
		failures = append(failures, outputs.Failure{Index: it.index, Err: err})
	}
	if len(failures) == 0 || !settled {
		return stopped
	}
	return &outputs.PartialError{Failures: failures}
}
