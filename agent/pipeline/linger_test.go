package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// However fast events come, none waits longer than its batch may; and where few come the collector wakes up for batches,
// not for events.
func TestNothingWaitsLongerThanTheLinger(t *testing.T) {
	for _, pause := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 70 * time.Millisecond, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.cfg.Once, b.cfg.MaxEvents = false, 100
			all := lines(t, 300)
			written := map[event.ID]time.Time{}
			for i, line := range all {
				written[event.Sum([]byte(line))] = time.Now().Add(time.Duration(i) * pause)
			}
			batches := 0
			b.out.write = func(_ context.Context, _ int, events []event.Event) error {
				batches++
				for i := range events {
					if waited := time.Since(written[events[i].ID]); waited > b.cfg.Linger {
						t.Errorf("an event waited for %v, with one every %v", waited, pause)
					}
				}
				return nil
			}
			p := b.open()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- p.Run(ctx) }()
			for _, line := range all {
				b.log.append(line)
				time.Sleep(pause)
			}
			time.Sleep(b.cfg.Linger)
			stop()
			<-ended
			b.each(all, 1)
			inOne := min(int(b.cfg.Linger/pause)+1, b.cfg.MaxEvents)
			if most := len(all)/inOne + 3; batches > most {
				t.Errorf("%d batches for one event every %v, want at most %d", batches, pause, most)
			}
		})
	}
}

// A burst after quiet times makes a batch full, and that is sent, however long its linger would be.
func TestAFullBatchDoesNotLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.cfg.Once, b.cfg.MaxEvents, b.cfg.Linger = false, 100, time.Minute
		all := lines(t, 102)
		sizes := []int{}
		var last time.Time
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			sizes, last = append(sizes, len(events)), time.Now()
			return nil
		}
		p := b.open()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		b.log.append(all[0])
		time.Sleep(2 * time.Minute)
		b.log.append(all[1])
		time.Sleep(10 * time.Second)
		b.log.append(all[2:]...)
		burst := time.Now()
		time.Sleep(time.Second)
		synctest.Wait()
		if waited := last.Sub(burst); len(sizes) != 2 || sizes[1] != 100 || waited > longestNap {
			t.Errorf("batches of %v events, the last one %v after the burst", sizes, waited)
		}
		stop()
		<-ended
		b.each(all, 1)
	})
}

// A log that fills no batch within the linger costs a wake-up for a batch, also where that holds more events than are read
// between two looks at the clock, and where huge ones end batches early.
func TestASlowLogWakesNobodyForEachEvent(t *testing.T) {
	for _, huge := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.cfg.Once, b.cfg.MaxEvents, b.cfg.MaxBytes, b.cfg.Linger = false, 4000, 64<<20, 500*time.Millisecond
			all, batches := lines(t, 3000), 0
			if huge {
				all[2000] = strings.Replace(all[2000], `{"kind"`, `{"padding":"`+strings.Repeat("x", largeRecord)+`","kind"`, 1)
			}
			b.out.write = func(context.Context, int, []event.Event) error {
				batches++
				return nil
			}
			p := b.open()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- p.Run(ctx) }()
			for i, line := range all {
				if i == len(all)/3 {
					synctest.Wait()
					b.log.waits, batches = 0, 0 // the first batch does not know yet
				}
				b.log.append(line)
				time.Sleep(2 * time.Millisecond)
			}
			synctest.Wait()
			if waits := b.log.waits; batches < 6 || waits > batches+1 {
				t.Errorf("%d wake-ups for %d batches", waits, batches)
			}
			stop()
			<-ended
		})
	}
}

// A backlog of events that rules leave out fills no batch, but it ends one: what it has passed over is committed as it goes.
func TestABacklogOfFilteredEventsIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 20000)...)
		b.cfg.Once, b.cfg.MaxEvents, b.log.slow = false, 4000, time.Millisecond
		parts := b.parts()
		none, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.None})
		if err != nil {
			t.Fatal(err)
		}
		parts.Rules = none
		p := New(b.cfg, parts)
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		b.log.mu.Lock()
		if got := len(b.log.commits); got < 10 {
			t.Errorf("%d commits in 15 seconds of passing over", got)
		}
		b.log.mu.Unlock()
		stop()
		<-ended
	})
}
