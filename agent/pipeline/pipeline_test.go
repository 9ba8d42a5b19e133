package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

func TestShipsEverythingOnce(t *testing.T) {
	all := lines(t, 95)
	b := newBench(t, all...)
	s := b.run()
	b.each(all, 1)
	if s.Read != 95 || s.Delivered != 95 {
		t.Errorf("books: %+v", s.Counts)
	}
	c := b.checkpoint()
	if !c.Clean || string(c.Cursor) != "95" || c.Counts != s.Counts || string(c.State) != "10" {
		t.Errorf("checkpoint: %+v", c)
	}
	b.log.append(lines(t, 100)[95:]...)
	if s := b.run(); s.Read != 100 || b.out.resume.Replay || string(b.out.resume.State) != "10" {
		t.Errorf("second run: %+v, %+v", s.Counts, b.out.resume)
	}
	b.each(lines(t, 100), 1)
}

func TestWhatIsNoEventBecomesADeadLetter(t *testing.T) {
	all := lines(t, 12)
	bad := []string{"not JSON", `{"kind":"Pod"}`, "", all[3][:100]}
	b := newBench(t, slices.Concat(all[:5], bad, all[5:])...)
	b.log.records = append(b.log.records, inputs.Record{Data: []byte(all[0]), Torn: "file closed without newline"})
	s := b.run()
	b.each(all, 1)
	if s.Delivered != 12 || s.DeadLettered != 5 {
		t.Errorf("books: %+v", s.Counts)
	}
	var got []string
	for _, l := range b.letters() {
		got = append(got, string(l.Record))
	}
	if want := append(bad, all[0]); !slices.Equal(got, want) {
		t.Errorf("letters %q, want %q", got, want)
	}
}

func TestRetriesForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 30)
		b := newBench(t, all...)
		b.out.write = func(_ context.Context, n int, _ []event.Event) error {
			if n < 200 {
				return &outputs.Fault{Reason: "unreachable"}
			}
			return nil
		}
		started := time.Now()
		b.run()
		b.each(all, 1)
		if took := time.Since(started); took < time.Hour/2 || took > 2*time.Hour {
			t.Errorf("199 retries took %v; want pauses that grow to half a minute", took)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 1)...)
		b.out.write = func(_ context.Context, n int, _ []event.Event) error {
			if n == 1 {
				return &outputs.Fault{Reason: "throttled", RetryAfter: 90 * time.Second}
			}
			return nil
		}
		started := time.Now()
		b.run()
		if took := time.Since(started); took < 90*time.Second {
			t.Errorf("written again after %v, want 90s", took)
		}
	})
}

func TestPartialFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 10)
		b := newBench(t, all...)
		var sizes []int
		b.out.write = func(_ context.Context, n int, events []event.Event) error {
			sizes = append(sizes, len(events))
			if n > 1 {
				return nil
			}
			later := &outputs.Fault{Reason: "throttled"}
			return &outputs.PartialError{Failures: []outputs.Failure{
				{Index: 2, Err: later}, {Index: 5, Err: outputs.Permanent("mapping", errors.New("x"))}, {Index: 9, Err: later},
			}}
		}
		s := b.run()
		if !slices.Equal(sizes, []int{10, 2}) {
			t.Errorf("writes of %v events, want 10 and 2", sizes)
		}
		b.each(slices.Delete(slices.Clone(all), 5, 6), 1)
		if letters := b.letters(); len(letters) != 1 || string(letters[0].Record) != all[5] || letters[0].Reason != "mapping" {
			t.Errorf("letters: %+v", letters)
		}
		if s.Delivered != 9 || s.DeadLettered != 1 {
			t.Errorf("books: %+v", s.Counts)
		}
	})
}

func TestGapIsBookedOnceAndReadingGoesOn(t *testing.T) {
	all := lines(t, 20)
	b := newBench(t, all...)
	b.log.errors[7] = &inputs.GapError{File: "audit-x.log", From: 100, To: 300, Reason: "deleted before it was read"}
	s := b.run()
	b.each(all, 1)
	if s.Gaps != 1 || s.GapBytes != 200 || len(s.RecentGaps) != 1 || s.RecentGaps[0].File != "audit-x.log" {
		t.Errorf("books: %+v", s)
	}
	if again := b.run(); again.Gaps != 1 || len(again.RecentGaps) != 1 || again.RecentGaps[0].Reason != "deleted before it was read" {
		t.Errorf("after a restart: %d gaps, %+v, want the one", again.Gaps, again.RecentGaps)
	}
}

func TestInputTroublePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 20)
		b := newBench(t, all...)
		b.log.errors[0], b.log.errors[11] = errors.New("permission denied"), errors.New("input/output error")
		b.run()
		b.each(all, 1)
	})
}

func TestLingerFlushesAFewEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 3)
		b := newBench(t, all...)
		b.cfg.Once = false
		p := b.open()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(b.cfg.Linger + time.Millisecond) // synthetic time
		synctest.Wait()
		b.each(all, 1)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if c := b.checkpoint(); !c.Clean || string(c.Cursor) != "3" {
			t.Errorf("checkpoint: %+v", c)
		}
	})
}

// A dead output must not hold up a stop for longer than it is given; what it did not take comes next time.
func TestStopWithADeadOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 35)
		b := newBench(t, all...)
		b.cfg.Once = false
		b.out.write = func(ctx context.Context, n int, _ []event.Event) error {
			if n == 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		p := b.open()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		synctest.Wait()
		stop()
		stopped := time.Now()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(stopped); took > b.cfg.StopWithin {
			t.Errorf("the stop took %v, want at most %v", took, b.cfg.StopWithin)
		}
		if c := b.checkpoint(); c.Clean || string(c.Cursor) != "10" || c.Counts.Delivered != 10 {
			t.Errorf("checkpoint: %+v", c)
		}
		b.out.write, b.cfg.Once = nil, true
		s := b.run()
		b.each(all, 1)
		if s.Read != 35 || s.Delivered != 35 || !b.out.resume.Replay {
			t.Errorf("books after the restart: %+v, replay %v", s.Counts, b.out.resume.Replay)
		}
	})
}

func TestOnceStoppedEarlyIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 5)...)
		b.out.write = func(context.Context, int, []event.Event) error { return &outputs.Fault{Reason: "unreachable"} }
		p := b.open()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := p.Run(ctx); !errors.Is(err, ErrUnfinished) {
			t.Errorf("got %v, want ErrUnfinished", err)
		}
	})
}

// While an output has not acknowledged, however long that takes, and whatever it has accepted already, nothing is committed
// but the intent, and nothing counts as delivered.
func TestNothingIsCommittedBeforeItIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := append(lines(t, 4), "no event")
		b := newBench(t, all...)
		b.cfg.Once, b.cfg.StopWithin = false, 0
		b.out.write = func(ctx context.Context, n int, events []event.Event) error {
			if n == 1 { // one is accepted
				later := outputs.Failure{Err: &outputs.Fault{Reason: "throttled"}}
				failures := []outputs.Failure{later, later, later}
				for i := range failures {
					failures[i].Index = i + 1
				}
				return &outputs.PartialError{Failures: failures}
			}
			return hang(ctx, n, events)
		}
		r := b.start()
		time.Sleep(time.Hour)
		synctest.Wait()
		if c := b.checkpoint(); string(c.Cursor) != "0" || c.Clean || c.Counts != (ledger.Counts{}) {
			t.Errorf("checkpoint %+v while the write is under way", c)
		}
		if s := r.Ledger().Snapshot(); s.Read != 5 || s.InFlight() != 5 {
			t.Errorf("books %+v, want all 5 in flight", s.Counts)
		}
		r.end(t)
		if c := b.checkpoint(); string(c.Cursor) != "0" || c.Clean {
			t.Errorf("checkpoint %+v after a stop in the middle of the write", c)
		}
	})
}

// With several writes side by side the checkpoint never passes one that is not acknowledged.
func TestCommitWaitsForTheOldestWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 60)
		b := newBench(t, all...)
		b.cfg.Once, b.out.side = false, 3
		release := make(chan struct{})
		b.out.write = func(ctx context.Context, _ int, events []event.Event) error {
			if events[0].ID == event.Sum([]byte(all[0])) {
				<-release
			}
			return nil
		}
		p := b.open()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if c := b.checkpoint(); string(c.Cursor) != "0" || c.Clean {
			t.Errorf("checkpoint %+v while the oldest write is under way", c)
		}
		close(release)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if c := b.checkpoint(); string(c.Cursor) != "60" {
			t.Errorf("checkpoint %+v after the oldest write", c)
		}
		stop()
		<-ended
		b.each(all, 1)
	})
}

func TestCommitsAtMostOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.cfg.Once = false
		p := b.open()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		all := lines(t, 1000)
		for _, line := range all {
			b.log.append(line)
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		<-ended
		b.each(all, 1)
		if n := len(b.log.commits); n < 9 || n > 14 {
			t.Errorf("%d commits in 10 seconds", n)
		}
	})
}

// An output that saves an intent gets exactly the same events again after a crash, however they come in this time.
func TestPendingWriteComesAgainWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 40)
		b := newBench(t, slices.Insert(slices.Clone(all), 3, "no event")...)
		b.cfg.Once = false
		var first []event.ID
		b.out.write = func(ctx context.Context, n int, events []event.Event) error {
			if err := b.out.resume.Save(ctx, []byte("intent "+fmt.Sprint(n))); err != nil {
				return err
			}
			if n == 2 {
				for i := range events {
					first = append(first, events[i].ID)
				}
				<-ctx.Done() // the crash
				return ctx.Err()
			}
			return nil
		}
		b.cfg.StopWithin = 0
		p := b.open()
		ctx, crash := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		synctest.Wait()
		crash()
		<-ended

		b.out.write, b.cfg.Once, b.cfg.MaxEvents = nil, true, 3
		b.run()
		if b.out.resume.Pending != 10 || string(b.out.resume.State) != "intent 2" || !b.out.resume.Replay {
			t.Errorf("resume: %+v", b.out.resume)
		}
		if again := b.out.batches[1]; !slices.Equal(again, first) {
			t.Errorf("%d events came again, want the same %d", len(again), len(first))
		}
		if len(b.out.batches[2]) > 3 {
			t.Errorf("the batch after it has %d events", len(b.out.batches[2]))
		}
		b.each(all, 1)
		if len(b.letters()) != 1 {
			t.Errorf("%d letters, want 1", len(b.letters()))
		}
	})
}

func TestLongEventsAreTrimmedAndMarked(t *testing.T) {
	all := slices.DeleteFunc(lines(t, 60), func(line string) bool { return strings.Contains(line, "requestObject") })
	long := strings.Replace(all[1], `"requestReceivedTimestamp"`, `"requestObject":{"data":"`+strings.Repeat("x", 3<<20)+`"},"requestReceivedTimestamp"`, 1)
	b := newBench(t, all[0], long, all[2])
	b.cfg.MaxEventBytes = 1 << 20
	var shipped string
	b.out.write = func(_ context.Context, _ int, events []event.Event) error {
		for i := range events {
			if events[i].ID == event.Sum([]byte(long)) {
				shipped = string(events[i].AppendJSON(nil))
			}
		}
		return nil
	}
	s := b.run()
	b.each([]string{all[0], long, all[2]}, 1)
	if len(shipped) > 1<<20 || !strings.HasSuffix(shipped, `"trimmed":["requestObject"]}}`) {
		t.Errorf("shipped %d bytes, ending %.200s", len(shipped), shipped[max(0, len(shipped)-200):])
	}
	if s.Trimmed != 1 {
		t.Errorf("%d trimmed, want 1", s.Trimmed)
	}
}
