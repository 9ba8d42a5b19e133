package outputtest

import (
	"context"
	"errors"
	"testing"

	"github.com/auditship/auditship/outputs"
)

// Opened is the output, opened until the test ends. Where r has no Save there is one that always succeeds.
func Opened[O outputs.Output](t testing.TB, o O, r outputs.Resume) O {
	t.Helper()
	open(t, o, r)
	t.Cleanup(func() { o.Close() })
	return o
}

func open(t testing.TB, o outputs.Output, r outputs.Resume) {
	t.Helper()
	r.Pipeline = "test/output"
	if r.Save == nil {
		r.Save = func(context.Context, []byte) error { return nil }
	}
	if err := o.Open(t.Context(), r); err != nil {
		t.Fatalf("Open: %v", err)
	}
}

// Intents checks an output that saves what it is about to send, and can't look what is there. start makes a Subject with an empty
// destination that keeps all that comes, as often as it comes, and what tells by which key each request could be known.
func Intents(t *testing.T, start func(t *testing.T) (s Subject, keys func() []string)) {
	events := Events(t)[:5]
	t.Run("counts what a crash left in doubt", func(t *testing.T) {
		s, keys := start(t)
		write(t, Opened(t, s.New(t), outputs.Resume{}), events)
		again := Opened(t, s.New(t), outputs.Resume{Pending: len(events), Replay: true})
		if ack := write(t, again, events); ack.Unchecked != len(events) {
			t.Errorf("%d events are in doubt, want %d", ack.Unchecked, len(events))
		}
		if ack := write(t, again, events[:1]); ack.Unchecked != 0 {
			t.Errorf("%d more are in doubt", ack.Unchecked)
		}
		if sent := keys(); len(s.Arrived(t)) != 2*len(events)+1 || len(sent) != 3 || sent[0] != sent[1] || sent[0] == sent[2] || sent[0] == "" {
			t.Errorf("%d events, keys %q", len(s.Arrived(t)), sent)
		}
	})
	t.Run("sends nothing that is not saved", func(t *testing.T) {
		s, keys := start(t)
		o := Opened(t, s.New(t), outputs.Resume{Save: func(context.Context, []byte) error { return errors.New("disk full") }})
		if _, err := o.Write(t.Context(), events); err == nil || len(keys()) > 0 {
			t.Errorf("%v, keys %q", err, keys())
		}
	})
}
