package pipeline

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// roomyLog is a log whose readers ask for room before they hold a large record. It counts those that do.
type roomyLog struct {
	*log
	mu         sync.Mutex
	held, most int
}

func (l *roomyLog) Open(o inputs.Options) (inputs.Reader, error) {
	r, err := l.log.Open(o)
	return &roomyReader{logReader: r.(*logReader), of: l, room: o.Room}, err
}

func (l *roomyLog) hold(change int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += change
	l.most = max(l.most, l.held)
}

type roomyReader struct {
	*logReader
	of   *roomyLog
	room inputs.Room
	has  bool
}

func (r *roomyReader) Next(ctx context.Context) (inputs.Record, error) {
	r.drop()
	if r.at < len(r.log.records) {
		if n := len(r.log.records[r.at].Data); n >= largeRecord {
			if err := r.room.Take(n); err != nil {
				return inputs.Record{}, err
			}
			r.has = true
			r.of.hold(1)
		}
	}
	return r.logReader.Next(ctx)
}

func (r *roomyReader) drop() {
	if r.has {
		r.has = false
		r.of.hold(-1)
		r.room.Give()
	}
}

func (r *roomyReader) Close() error { r.drop(); return r.logReader.Close() }

// crowd runs six pipelines over a log with large records, each to an output of its own, whose Writes take a quarter of a second,
// and never succeed for those that are away.
func crowd(t *testing.T, away func(output int) bool) (most int, took time.Duration) {
	all := lines(t, 12)
	for _, i := range []int{2, 3, 9} {
		all[i] = large(all[i], largeRecord)
	}
	l, gate := &roomyLog{log: newLog(all...)}, NewGate()
	var running, stopped sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for output := range 6 {
		b := newBench(t)
		b.out.write = func(context.Context, int, []event.Event) error {
			time.Sleep(time.Second / 4)
			if away(output) {
				return &outputs.Fault{Reason: "unreachable"}
			}
			return nil
		}
		parts := b.parts()
		parts.Input, parts.Gate = l, gate
		p := New(b.cfg, parts)
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		if away(output) {
			stopped.Go(func() { _ = p.Run(ctx) }) // which tells that it is not done
			continue
		}
		running.Go(func() {
			if err := p.Run(ctx); err != nil {
				t.Error(err)
			}
			b.each(all, 1)
		})
	}
	started := time.Now()
	running.Wait()
	took = time.Since(started)
	stop()
	stopped.Wait()
	return l.most, took
}

// Pipelines that meet the same large record hold it one after the other, not all at once while they wait for their turn.
func TestACrowdHoldsOneLargeRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most, _ := crowd(t, func(int) bool { return false })
		if most != 1 {
			t.Errorf("%d large records were held at once", most)
		}
	})
}

// An output that is away keeps its record, and holds up nobody.
func TestWhoIsAwayHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alone := crowd(t, func(output int) bool { return output > 0 })
		most, took := crowd(t, func(output int) bool { return output == 3 })
		if _, together := crowd(t, func(int) bool { return false }); took > together || alone > together {
			t.Errorf("took %v with one away, %v with five away, %v with none", took, alone, together)
		}
		if most != 2 {
			t.Errorf("%d large records were held at once", most)
		}
	})
}

// What the reader asked for is had until it says so; small records need no room.
func TestPassage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate()
		one, other := New(Config{}, Parts{Gate: gate}), New(Config{}, Parts{Gate: gate})
		for _, size := range []int{largeRecord - 1, largeRecord, 2 * largeRecord} { // the last two are one record
			if err := one.passage.Take(size); err != nil {
				t.Fatal(err)
			}
		}
		one.passage.done() // delivered, and still in the reader's memory
		go func() { time.Sleep(time.Second); one.passage.Give() }()
		started := time.Now()
		if err := other.passage.Take(largeRecord); err != nil || time.Since(started) != time.Second {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		ctx, stop := context.WithCancel(t.Context())
		one.passage.ctx = ctx
		stop()
		if err := one.passage.Take(largeRecord); err != errNoRoom || one.passage.passed {
			t.Errorf("got %v at a stop", err)
		}
		one.passage.Give()
		other.passage.Give()
		if !gate.enter(t.Context(), one) || gate.holder.Load().p != one {
			t.Error("the gate does not stand open in the end")
		}
	})
}

// A stop while there is no room is no end of the log: what a crash before it has sent may still be ahead.
func TestAStopWithoutRoomIsNotClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 5)
		b := newBench(t, all...)
		b.cfg.Once, b.cfg.StopWithin = false, 0
		b.out.write = hang
		b.start().end(t) // what a crash leaves
		b.log.records[1].Data = []byte(large(all[1], largeRecord))

		b.out.write, b.cfg.StopWithin = nil, time.Minute
		parts := b.parts()
		parts.Input = &roomyLog{log: b.log}
		parts.Gate.enter(t.Context(), New(Config{}, Parts{})) // somebody else's
		p := New(b.cfg, parts)
		if err := p.Open(); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := p.Run(ctx); err != nil || b.checkpoint().Clean {
			t.Errorf("%v, clean %v", err, b.checkpoint().Clean)
		}
	})
}

// Where all outputs are away they try again side by side, but large records one after the other: each try needs memory.
func TestTriesOfLargeRecordsTakeTurns(t *testing.T) {
	for _, limit := range []int{0, largeRecord} {
		synctest.Test(t, func(t *testing.T) {
			line := large(lines(t, 1)[0], largeRecord)
			gate := NewGate()
			var running sync.WaitGroup
			var mu sync.Mutex
			busy, most := 0, 0
			count := func(change int) {
				mu.Lock()
				defer mu.Unlock()
				busy += change
				most = max(most, busy)
			}
			for range 6 {
				b := newBench(t, line)
				b.cfg.RateLimit = limit
				b.out.write = func(_ context.Context, n int, _ []event.Event) error {
					count(1)
					defer count(-1)
					if time.Sleep(time.Second / 4); n < 5 {
						return &outputs.Fault{Reason: "unreachable"}
					}
					return nil
				}
				parts := b.parts()
				parts.Gate = gate
				p := New(b.cfg, parts)
				if err := p.Open(); err != nil {
					t.Fatal(err)
				}
				running.Go(func() {
					if err := p.Run(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			if running.Wait(); most != 1 {
				t.Errorf("%d were tried at once", most)
			}
		})
	}
}

// TestTroubleBeforeALargeRecord: all outputs are away while the batch before the large record is being tried, which opens the
// gate, and come back at once. The large records are written one after the other all the same.
func TestTroubleBeforeALargeRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lines(t, 3)
		all[1] = large(all[1], largeRecord)
		l, gate := &roomyLog{log: newLog(all...)}, NewGate()
		var running sync.WaitGroup
		var mu sync.Mutex
		busy, most := 0, 0
		back := time.Now().Add(10 * time.Minute)
		for range 6 {
			b := newBench(t)
			b.cfg.MaxEvents = 1
			b.out.write = func(_ context.Context, n int, events []event.Event) error {
				if time.Now().Before(back) {
					return &outputs.Fault{Reason: "unreachable"}
				}
				if len(events[0].Raw) < largeRecord/2 {
					return nil
				}
				mu.Lock()
				busy++
				most = max(most, busy)
				mu.Unlock()
				time.Sleep(time.Second / 4)
				mu.Lock()
				busy--
				mu.Unlock()
				return nil
			}
			parts := b.parts()
			parts.Input, parts.Gate = l, gate
			parts.Jitter = func(time.Duration) time.Duration { return 0 }
			p := New(b.cfg, parts)
			if err := p.Open(); err != nil {
				t.Fatal(err)
			}
			running.Go(func() {
				if err := p.Run(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if most != 1 {
			t.Errorf("%d large records were written at once, %d held at once", most, l.most)
		}
	})
}
