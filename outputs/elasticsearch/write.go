package elasticsearch

import (
	"context"
	"io"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// write is one call of Write, and its memory.
type write struct {
	out     *Output
	encoder encoder
	body    *body

	events  []event.Event
	fates   []fate // of each event
	pending []int  // the events to send, in ascending order
}

// fate is what is known of one event.
type fate struct {
	verdict verdict
	fault   *outputs.Fault // of failed and rejected ones
	trimmed event.Fields   // as it came
	looked  bool           // it was looked up, or should have been
	step    int            // how it is sent, of steps
	long    bool           // it was too long for the server in some form
}

func (w *write) begin(events []event.Event) {
	w.events, w.fates, w.pending = events, w.fates[:0], w.pending[:0]
	for i := range events {
		w.fates = append(w.fates, fate{trimmed: events[i].Trimmed})
	}
}

func (w *write) deliver(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	w.begin(events)
	unchecked, fault := false, (*outputs.Fault)(nil)
	if w.out.doubts != nil {
		unchecked, fault = w.out.doubts.clear(ctx, w)
	}
	for fault == nil && w.next() {
		fault = w.send(ctx, w.pending)
	}
	if w.out.doubts != nil {
		w.out.doubts.settle(w, fault)
	}
	return w.result(fault, unchecked)
}

// next makes pending what is to be sent: at first all, then what was rejected and can be sent with less.
func (w *write) next() bool {
	w.pending = w.pending[:0]
	for i := range w.fates {
		f := &w.fates[i]
		if f.verdict == rejected && f.fault.Reason != ingestDrop && f.lower(&w.events[i]) {
			w.out.tell(f.fault)
			f.verdict, f.fault = waiting, nil
		}
		if f.verdict == waiting {
			w.pending = append(w.pending, i)
		}
	}
	return len(w.pending) > 0
}

// send sends these events in one request, or in two halves if it is too large for the server, and so on. After a
// fault the events without a verdict are still waiting.
func (w *write) send(ctx context.Context, these []int) *outputs.Fault {
	fault := w.request(ctx, these)
	if fault == nil || fault.Reason != tooLarge {
		return fault
	}
	if len(these) == 1 {
		w.fates[these[0]].verdict, w.fates[these[0]].fault = rejected, fault
		return nil
	}
	half := len(these) / 2
	if fault := w.send(ctx, these[:half]); fault != nil {
		return fault
	}
	return w.send(ctx, these[half:])
}

func (w *write) request(ctx context.Context, these []int) *outputs.Fault {
	index := w.encoder.begin(&w.events[these[0]])
	w.body.begin()
	for _, i := range these {
		e := &w.events[i]
		w.body.add(w.encoder.encode(w.body.room(e.Size()+beside), e, &w.fates[i]))
	}
	r := esapi.BulkRequest{Index: index, Body: w.body.end(), FilterPath: answerFields}
	return w.out.client.do(ctx, r, func(answer io.Reader) error { return w.read(answer, these) })
}
