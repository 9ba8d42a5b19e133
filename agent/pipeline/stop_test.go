package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// running is a pipeline that a test stops.
type running struct {
	*Pipeline
	stop  context.CancelFunc
	ended chan error
}

func (b *bench) start() *running {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	r := &running{Pipeline: b.open(), stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- r.Run(ctx) }()
	synctest.Wait()
	return r
}

func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Fatal(err)
	}
}

func hang(ctx context.Context, _ int, _ []event.Event) error {
	<-ctx.Done()
	return ctx.Err()
}

// After a crash a short run may end before it has come to what was sent before. The one after that must still know.
func TestACrashIsRememberedUntilTheLogIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 30)
		b := newBench(t, all...)
		b.cfg.Once, b.cfg.StopWithin = false, 0
		b.out.write = hang
		b.start().end(t) // what a crash leaves: sent, and not acknowledged

		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := b.open().Run(ctx); err != nil {
			t.Fatal(err)
		}
		if b.checkpoint().Clean {
			t.Fatal("a run that read nothing has called the crash before it clean")
		}
		b.log.hidden = true
		b.start().end(t)
		if !b.out.resume.Replay || b.checkpoint().Clean {
			t.Fatal("a run that could not read has called the crash before it clean")
		}
		b.out.write, b.log.hidden, b.cfg.StopWithin = nil, false, time.Minute
		b.start().end(t)
		if !b.out.resume.Replay || !b.checkpoint().Clean {
			t.Errorf("replay %v, clean %v, want true", b.out.resume.Replay, b.checkpoint().Clean)
		}
		b.each(all, 1)
		b.start().end(t)
		if b.out.resume.Replay {
			t.Error("replay after a clean stop")
		}
	})
}

// Before the first event is sent it is on the disk that there is something to come back to: else a crash during the first
// Write after a clean stop would not be known for one.
func TestACrashIsKnownForOneBeforeAnythingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 5)...)
		b.run()
		if !b.checkpoint().Clean {
			t.Fatal("not clean after a clean stop")
		}
		b.log.append(lines(t, 10)[5:]...)
		b.out.write = func(context.Context, int, []event.Event) error {
			if b.checkpoint().Clean {
				t.Error("an event is sent, and the checkpoint calls everything done")
			}
			return nil
		}
		b.run()
	})
}

// A Pending batch is read whole, however slowly it comes, and however long ago its linger was over.
func TestPendingBatchIsNotCutByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 400)
		b := newBench(t, all...)
		b.cfg.Once, b.cfg.StopWithin, b.cfg.MaxEvents = false, 0, 300
		b.out.write = func(ctx context.Context, n int, events []event.Event) error {
			return errors.Join(b.out.resume.Save(ctx, []byte("intent")), hang(ctx, n, events))
		}
		b.start().end(t)
		if c := b.checkpoint(); c.Pending != 300 || string(c.State) != "intent" {
			t.Fatalf("checkpoint: %+v", c)
		}
		b.out.write, b.cfg.Once, b.log.slow = nil, true, 50*time.Millisecond
		b.run()
		if n := len(b.out.batches[0]); n != 300 {
			t.Errorf("%d events in the first batch, want the 300 of before", n)
		}
		b.each(all, 1)
	})
}

// Pending counts events from the cursor on. When the cursor moves without them, since rules leave them out now, it must go.
func TestPendingEndsWithItsBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 5)...)
		b.cfg.Once, b.cfg.StopWithin = false, 0
		b.out.write = func(ctx context.Context, n int, events []event.Event) error {
			return errors.Join(b.out.resume.Save(ctx, []byte("intent")), hang(ctx, n, events))
		}
		b.start().end(t)
		for i := range b.log.records {
			b.log.records[i].Torn = "not any more"
		}
		b.cfg.Once, b.cfg.StopWithin = true, time.Minute
		b.run()
		if c := b.checkpoint(); c.Pending != 0 || string(c.Cursor) != "5" || !c.Clean {
			t.Errorf("checkpoint: %+v", c)
		}
	})
}

func TestFailuresInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 10)
		b := newBench(t, all...)
		b.out.write = func(_ context.Context, n int, _ []event.Event) error {
			if n > 1 {
				return nil
			}
			later := &outputs.Fault{Reason: "throttled"}
			return &outputs.PartialError{Failures: []outputs.Failure{
				{Index: 9, Err: later}, {Index: 0, Err: later}, {Index: 4, Err: outputs.Permanent("mapping", errors.New("x"))}, {Index: 1, Err: later},
			}}
		}
		b.run()
		b.each(append(append([]string{}, all[:4]...), all[5:]...), 1)
		if l := b.letters(); len(l) != 1 || string(l[0].Record) != all[4] {
			t.Errorf("letters: %+v", l)
		}
	})
}

// Nothing is written any more once the time for stopping is over, and nothing is called done.
func TestNoWriteAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 40)...)
		b.cfg.Once, b.out.side = false, 2
		b.out.write = func(context.Context, int, []event.Event) error { return &outputs.Fault{Reason: "unreachable"} }
		r := b.start()
		r.stop()
		stopped := time.Now()
		if err := <-r.ended; err != nil || time.Since(stopped) > b.cfg.StopWithin {
			t.Fatalf("%v after %v", err, time.Since(stopped))
		}
		writes := b.out.writes
		time.Sleep(time.Hour)
		if b.out.writes != writes || len(b.out.shown) != 0 {
			t.Errorf("%d writes after the end", b.out.writes-writes)
		}
		if c := b.checkpoint(); c.Clean || string(c.Cursor) != "0" {
			t.Errorf("checkpoint: %+v", c)
		}
	})
}

// With Once, a stop in the middle is no success, and a stop while the last batch is delivered is one.
func TestOnceStoppedWhileTheLastBatchIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 5)...)
		b.out.write = func(context.Context, int, []event.Event) error { time.Sleep(5 * time.Second); return nil }
		r := b.start()
		r.end(t)
		b.each(lines(t, 5), 1)
		if c := b.checkpoint(); !c.Clean || string(c.Cursor) != "5" {
			t.Errorf("checkpoint: %+v", c)
		}
	})
}
