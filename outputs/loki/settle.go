package loki

import (
	"context"
	"time"

	"github.com/auditship/auditship/outputs"
)

// settling is how long nothing is sent after a trouble in which Loki may have restarted. An ingester that replays its WAL
// counts that as incoming rate, and its streams are split until the moving average (weight 0.4, each second) has
// forgotten it: seen for 7 s, and computed as 16 s where it replayed 200 MB/s of one stream. What is repeated
// meanwhile would be stored beside what an unanswered request stored before.
const settling = 20 * time.Second

// probing is how soon it is asked again whether the server still answers: one that shuts down does so for a while.
const probing = time.Second

// unrest is what a server gets through after a trouble.
type unrest struct {
	on    bool
	since time.Time // when it answered for the first time; zero: not yet
}

// nothing is an empty PushRequest in snappy. Loki answers it, mostly with 422, and stores nothing.
var nothing = []byte{0}

// settle returns an error as long as the server does not answer, or has done so for too short a time.
func (o *Output) settle(ctx context.Context) error {
	if !o.unrest.on {
		return nil
	}
	if a, err := o.post(ctx, nothing); err != nil || a.troubled() {
		o.unrest.since = time.Time{}
		return firstOf(err, a)
	}
	if o.unrest.since.IsZero() {
		o.unrest.since = o.now()
	}
	if left := settling - o.now().Sub(o.unrest.since); left > 0 {
		return &outputs.Fault{Reason: "settling", RetryAfter: min(left, probing)}
	}
	o.unrest = unrest{}
	return nil
}

func (a *answer) troubled() bool { return a.fault != nil && a.fault.Reason == "server_error" }

func firstOf(err error, a answer) error {
	if err != nil {
		return err
	}
	return a.fault
}
