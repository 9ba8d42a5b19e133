package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// told counts the lines of a pipeline's log that hold a text.
func told(b *bench) func(text string) int {
	lines := &strings.Builder{} // written under the handler's lock
	b.quiet = slog.New(slog.NewTextHandler(lines, nil))
	return func(text string) int { return strings.Count(lines.String(), text) }
}

// An output that fails now and then must not fill the log, and one that stays dead must not be forgotten.
func TestLogTellsOfTroubleOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, lines(t, 3000)...)
		count := told(b)
		b.out.write = func(_ context.Context, n int, _ []event.Event) error {
			time.Sleep(50 * time.Millisecond)
			if n%2 == 1 {
				return &outputs.Fault{Reason: "throttled"}
			}
			return nil
		}
		started := time.Now()
		b.run()
		most := int(time.Since(started)/time.Minute) + 1
		if n := count("delivery fails"); n < 1 || n > most {
			t.Errorf("%d lines about 300 troubles in %v", n, time.Since(started))
		}
		if fails, over := count("delivery fails"), count("delivery goes on"); over > fails {
			t.Errorf("%d troubles told, and %d ends", fails, over)
		}
	})
}

func TestLogTellsOfAnUnreadableInputOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.cfg.Once = false
		b.log.broken = errors.New("permission denied")
		count := told(b)
		r := b.start()
		time.Sleep(10*time.Minute + time.Second)
		r.end(t)
		if n := count("read input"); n < 10 || n > 11 {
			t.Errorf("%d lines in ten minutes", n)
		}
	})
}

func TestLogTellsOfDeadLettersOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		count := told(b)
		for range 500 {
			b.log.append("no event")
		}
		b.cfg.MaxEvents, b.cfg.MaxBytes = 1, 4
		b.run()
		if n := count("set aside"); n != 1 {
			t.Errorf("%d lines", n)
		}
	})
}

// With two writes under way, the one that recovers must not hide that the other does not.
func TestBlockedWhileAnyWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 20)
		b := newBench(t, all...)
		b.cfg.Once, b.out.side = false, 2
		tries := map[event.ID]int{}
		var mended atomic.Bool
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			b.out.mu.Lock()
			defer b.out.mu.Unlock()
			tries[events[0].ID]++
			if events[0].ID == event.Sum([]byte(all[0])) && !mended.Load() {
				return &outputs.Fault{Reason: "forbidden", Blocked: true}
			}
			if tries[events[0].ID] < 3 {
				return &outputs.Fault{Reason: "throttled"}
			}
			return nil
		}
		r := b.start()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		s := r.Ledger().Snapshot()
		if s.Blocked != "forbidden" || !s.NeedsYou || s.Delivered != 10 {
			t.Errorf("blocked %q, %+v", s.Blocked, s.Counts)
		}
		if s.Waiting.IsZero() || !s.Acknowledged.IsZero() {
			t.Errorf("the oldest batch waits, and the books say %+v", s.Progress)
		}
		mended.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := r.Ledger().Snapshot(); s.Blocked != "" || s.NeedsYou || !s.Waiting.IsZero() || s.Acknowledged.IsZero() {
			t.Errorf("all is delivered, and the books say %+v", s.Progress)
		}
		r.end(t)
		b.each(all, 1)
	})
}

func TestUncheckedIsBooked(t *testing.T) {
	b := newBench(t, lines(t, 5)...)
	b.out.unchecked = 2
	if s := b.run(); s.Unchecked != 2 || b.checkpoint().Counts.Unchecked != 2 {
		t.Errorf("books: %+v", s.Counts)
	}
}

// A server that calls its errors by ever new names makes no ever new series.
func TestReasonsAreBounded(t *testing.T) {
	var all troubles
	seen := map[string]bool{}
	for i := range 1000 {
		seen[all.name(fmt.Sprintf("error_%d", i))] = true
	}
	if len(seen) != maxReasons+1 || !seen["other"] || all.name("error_3") != "error_3" {
		t.Errorf("%d names", len(seen))
	}
}
