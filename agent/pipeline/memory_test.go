package pipeline

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/buffers"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// large is an event that passes the gate.
func large(line string, size int) string {
	return strings.Replace(line, `"requestReceivedTimestamp"`, `"x":"`+strings.Repeat("x", size)+`","requestReceivedTimestamp"`, 1)
}

// What is no event takes memory, too: it makes a batch full like everything else.
func TestLettersFillABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.cfg.MaxBytes, b.cfg.Linger = 64<<10, time.Hour
		for range 100 {
			b.log.records = append(b.log.records, inputs.Record{Data: []byte(strings.Repeat("x", 50<<10)), Torn: "torn"})
		}
		p := b.open()
		c := newCollector(p, 2)
		for len(b.log.records) > p.reader.(*logReader).at {
			batch := <-c.free
			c.fill(t.Context(), batch)
			if n := len(batch.letters); n > 3 || batch.arena.held > 4*b.cfg.MaxBytes {
				t.Fatalf("%d letters in a batch, arena of %d bytes", n, batch.arena.held)
			}
			c.recycle(batch)
		}
		p.Close()
	})
}

// While a large record is under way, nothing is read: it is the reader's.
func TestALargeRecordIsLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 20)
		all[7] = large(all[7], 2<<20)
		b := newBench(t, all...)
		b.out.side = 3
		b.out.write = func(_ context.Context, _ int, events []event.Event) error {
			at := b.log.at()
			time.Sleep(time.Second)
			last := &events[len(events)-1]
			if len(last.Raw) > largeRecord && (b.log.at() != at || event.Sum(last.Raw) != last.ID) {
				t.Error("the log was read on while a large record was under way")
			}
			return nil
		}
		b.run()
		b.each(all, 1)
	})
}

// A recycled batch must not keep what it held.
func TestALargeRecordIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 2)
		b := newBench(t, large(all[0], 64<<20), all[1])
		b.cfg.Once = false
		r := b.start()
		time.Sleep(time.Second)
		b.log.forget()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > 48<<20 {
			t.Errorf("%d MB are held after a record of 64 MB was delivered", m.HeapAlloc>>20)
		}
		r.end(t)
	})
}

// However long another output takes over its large record, this one's waits two seconds for it, and no longer.
func TestGateIsACourtesy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate()
		slow, fast, third := &Pipeline{}, &Pipeline{}, &Pipeline{}
		enter := func(p *Pipeline, after time.Duration) {
			t.Helper()
			started := time.Now()
			if !gate.enter(t.Context(), p) || time.Since(started) != after {
				t.Errorf("entered after %v, want %v", time.Since(started), after)
			}
		}
		enter(slow, 0)
		enter(slow, 0)         // has it
		enter(fast, courtesy)  // has it taken
		gate.leave(slow)       // does not have it any more
		enter(third, courtesy) // one after the other
		go func() { time.Sleep(time.Second); gate.leave(third) }()
		enter(fast, time.Second)
		ended, end := context.WithCancel(t.Context())
		end()
		if gate.enter(ended, slow) {
			t.Error("entered though ctx ended")
		}
		gate.leave(fast)
		gate.leave(fast)
		enter(slow, 0)
	})
}

// Where nobody gets done, they pass one after the other, and not all at once when the first has stayed too long.
func TestGateTurnsAreCourtesies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, started := NewGate(), time.Now()
		var passed sync.WaitGroup
		var turns [5]time.Duration
		for i := range turns {
			passed.Go(func() {
				gate.enter(t.Context(), &Pipeline{})
				turns[i] = time.Since(started)
			})
		}
		passed.Wait()
		slices.Sort(turns[:])
		for i, turn := range turns {
			if turn != time.Duration(i)*courtesy {
				t.Errorf("turns: %v", turns)
			}
		}
	})
}

// The large records of one pipeline pass, whatever its output and its rate are.
func TestLargeRecordsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 12)
		for _, i := range []int{0, 1, 5, 11} {
			all[i] = large(all[i], 1<<20)
		}
		b := newBench(t, slices.Clone(all)...)
		b.cfg.RateLimit = 100 << 10
		b.out.write = func(_ context.Context, n int, _ []event.Event) error {
			if n%2 == 1 {
				return &outputs.Fault{Reason: "unreachable"}
			}
			return nil
		}
		b.run()
		b.each(all, 1)
	})
}

// TestABatchIsBounded fills batches with records that fit badly into buffers: each takes one of its own, and their rests make the batch
// full like what is in them.
func TestABatchIsBounded(t *testing.T) {
	for _, size := range []int{buffers.Small/2 + 1000, buffers.Medium/2 + 1000, buffers.Large/2 + 1000} {
		c, r := newEndless(t)
		r.lines = [][]byte{[]byte(large(string(r.lines[0]), size))}
		b := &batch{}
		for range 3 {
			c.fill(t.Context(), b)
			if most := c.MaxBytes + 2*buffers.Large; b.arena.held > most || len(b.events) == 0 {
				t.Errorf("records of %d: %d events in %d bytes, want at most %d", size, len(b.events), b.arena.held, most)
			}
			b.reset()
		}
	}
}

// What a batch had must not be held by its places for events, or others could not use it or have it freed; and many places that it
// does not use go.
func TestABatchKeepsNothing(t *testing.T) {
	c, _ := newEndless(t)
	b := &batch{}
	c.fill(t.Context(), b)
	b.reset()
	places := b.events[:cap(b.events)]
	for i := range places {
		if e := &places[i]; e.Raw != nil || e.Enrichment != nil || e.Original != nil || e.Redacted != nil {
			t.Fatalf("place %d of %d refers to memory that is another's now", i, len(places))
		}
	}
	c.MaxEvents = 10
	c.fill(t.Context(), b)
	if b.reset(); cap(b.events) >= len(places) {
		t.Errorf("%d places are kept for 10 events", cap(b.events))
	}
}

// TestLargeBatchesShareABudget: while one is under way, the next is full with half of it; it may have that in any case, and is not
// full earlier when the other is acknowledged.
func TestLargeBatchesShareABudget(t *testing.T) {
	c, _ := newEndless(t)
	c.MaxBytes, c.MaxEvents, c.Linger, c.budget = 4<<20, 1<<20, time.Hour, budget(2, 4<<20)
	fill := func(underway int64) int {
		c.underway.Store(underway)
		b := &batch{}
		c.fill(t.Context(), b)
		return b.arena.spent() >> 10
	}
	for underway, want := range map[int64]int{0: 4 << 10, 1 << 20: 4 << 10, 3 << 20: 3 << 10, 4 << 20: 2 << 10, 9 << 20: 2 << 10} {
		if got := fill(underway); got < want-64 || got > want+16 {
			t.Errorf("beside %d bytes: full with %d KiB, want %d", underway, got, want)
		}
	}
	c.budget = budget(2, 1<<20)
	if got := fill(9 << 20); got < 4<<10-64 {
		t.Errorf("small batches have no budget, and this one was full with %d KiB", got)
	}
}

// Books on what is under way are even in the end.
func TestNothingIsUnderWayInTheEnd(t *testing.T) {
	c, _ := newEndless(t)
	go func() {
		for b := range c.ready {
			c.recycle(b)
		}
	}()
	for range 5 {
		b := <-c.free
		c.fill(t.Context(), b)
		c.send(b)
	}
	<-c.free
	if n := c.underway.Load(); n != 0 {
		t.Errorf("%d bytes are said to be under way", n)
	}
	close(c.ready)
}
