package http

import (
	"context"
	nethttp "net/http"
	"strconv"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

// deliver sends events in one request, and in halves where the receiver refuses it. first is the index of the first of them.
// An error is about the receiver; then all of them that are not accepted are failures, to be written again.
func (o *Output) deliver(ctx context.Context, events []event.Event, first int) error {
	fault := o.send(ctx, events, first)
	switch {
	case fault == nil:
		o.healthy = true
		return nil
	case !fault.Permanent:
		o.fail(first, len(events), fault)
		return fault
	case fault.Reason == refused && !o.healthy:
		return o.probe(ctx, events, first, fault)
	case len(events) > 1:
		middle := len(events) / 2
		if err := o.deliver(ctx, events[:middle], first); err != nil {
			o.fail(first+middle, len(events)-middle, outputs.FaultOf(err))
			return err
		}
		return o.deliver(ctx, events[middle:], first+middle)
	case withoutBodies(&events[0]) || fault.Reason == tooLarge && events[0].TrimTo(events[0].Size()/2):
		return o.deliver(ctx, events, first)
	}
	o.fail(first, 1, fault)
	return nil
}

// withoutBodies leaves out the bodies, which are what a receiver may take offence at. It reports whether there were any.
func withoutBodies(e *event.Event) bool {
	before := e.Trimmed
	for f := range event.NumFields {
		if event.Bodies.Has(f) && e.Has(f) {
			e.Trimmed |= event.Set(f)
		}
	}
	return e.Trimmed != before
}

// probe finds out whether a receiver that refuses takes events at all.
func (o *Output) probe(ctx context.Context, events []event.Event, first int, fault *outputs.Fault) error {
	if len(events) > 1 {
		if err := o.deliver(ctx, events[:1], first); err != nil {
			o.fail(first+1, len(events)-1, outputs.FaultOf(err))
			return err
		}
		return o.deliver(ctx, events[1:], first+1)
	}
	fault.Permanent, fault.Blocked = false, true
	o.fail(first, 1, fault)
	return fault
}

func (o *Output) fail(first, n int, fault *outputs.Fault) {
	for i := range n {
		o.failures = append(o.failures, outputs.Failure{Index: first + i, Err: fault})
	}
}

// send makes one request; nil: all are accepted.
func (o *Output) send(ctx context.Context, events []event.Event, first int) *outputs.Fault {
	body, err := o.encode(events)
	if err != nil {
		return &outputs.Fault{Reason: "encode", Err: err}
	}
	a, err := o.client.Post(ctx, body, nethttp.Header{"Idempotency-Key": {keyOf(events)}})
	if err != nil || a.Status/100 != 2 {
		o.body, o.zipped = nil, nil // the transport may still be reading it: an answer can come before all is sent
	}
	fault := o.judge(a, err)
	if fault != nil {
		o.arrivals = append(o.arrivals, span{first, first + o.arrived(a, len(events))})
	}
	return fault
}

// arrived is how many of n events, from the first on, may have arrived although the answer is a fault.
func (o *Output) arrived(a post.Answer, n int) int {
	switch {
	case unknown(a):
		return n
	case o.cfg.Format == Splunk:
		return min(max(readAnswer(a.Text).Invalid, 0), n)
	}
	return 0
}

// judge says what an answer means, or that there was none; nil: all are accepted.
func (o *Output) judge(a post.Answer, err error) *outputs.Fault {
	switch {
	case err != nil:
		return outputs.FaultOf(err)
	case o.cfg.Format == Splunk:
		return splunkFault(a)
	}
	return faultOf(a)
}

// unknown tells of an answer that is a fault whether events may have arrived although they were not acknowledged: what a proxy says
// when its server did not answer, a server that failed on the way, or a 2xx without Splunk's word for success. 503 says that
// nothing was done.
func unknown(a post.Answer) bool {
	return a.Sent && (a.Status == 0 || a.Status/100 == 2 || a.Status/100 == 5 && a.Status != nethttp.StatusServiceUnavailable)
}

// The reasons of faults that more than one place names.
const (
	tooLarge   = "request_too_large"
	refused    = "refused"
	unexpected = "unexpected_answer"
)

// faultOf is what an answer means.
func faultOf(a post.Answer) *outputs.Fault {
	f := &outputs.Fault{Detail: "status " + strconv.Itoa(a.Status), RetryAfter: a.RetryAfter}
	switch s := a.Status; {
	case s/100 == 2:
		return nil
	case s == nethttp.StatusRequestEntityTooLarge:
		f.Reason, f.Permanent = tooLarge, true
	case s == nethttp.StatusBadRequest, s == nethttp.StatusUnprocessableEntity:
		f.Reason, f.Permanent = refused, true
	case s == nethttp.StatusTooManyRequests:
		f.Reason = "rate_limited"
	case s == nethttp.StatusRequestTimeout, s == nethttp.StatusTooEarly, s == nethttp.StatusConflict, s/100 == 5:
		f.Reason = "server_error" // 409: the request with this key is still under way (the draft, section 2.6)
	case s == nethttp.StatusUnauthorized, s == nethttp.StatusForbidden:
		f.Reason, f.Blocked = "unauthorized", true
	case s == nethttp.StatusNotFound:
		f.Reason, f.Blocked = "not_found", true
	default:
		f.Reason, f.Blocked = unexpected, true
	}
	return f
}
