package agent

import (
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// TestPercent leaves the same room for garbage whatever is in use, within bounds.
func TestPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: mostPercent, 1 << 20: mostPercent, 4 << 20: 50, 20 << 20: 10, 1 << 30: leastPercent} {
		if got := percentFor(live); got != want {
			t.Errorf("%d bytes in use: %d %%, want %d", live, got, want)
		}
	}
}

// TestPacer says it anew after every collection, until it is over.
func TestPacer(t *testing.T) {
	said := make(chan int, 1000)
	p := &pacer{set: func(percent int) { said <- percent }}
	p.attend()
	awaits := func(met func(percent int) bool) {
		t.Helper()
		for end := time.After(time.Minute); ; {
			runtime.GC()
			select {
			case percent := <-said:
				if met(percent) {
					return
				}
			case <-time.After(time.Millisecond): // what comes after a collection comes in its own time
			case <-end:
				t.Fatal("nothing is said after many collections")
			}
		}
	}
	awaits(func(percent int) bool { return percent > leastPercent })
	held := make([]byte, 100<<20)
	awaits(func(percent int) bool { return percent == leastPercent })
	runtime.KeepAlive(held)
	held = nil
	awaits(func(percent int) bool { return percent > leastPercent })
	p.over.Store(true)
	late := &pacer{set: func(int) { t.Error("it goes on when it is over") }}
	late.over.Store(true)
	late.after()
}

// TestPace begins after the start, and leaves the percentage to GOGC where that is given.
func TestPace(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	for name, after := range map[string]time.Duration{"stopped": time.Hour, "in time": opening} {
		synctest.Test(t, func(t *testing.T) {
			stop := pace(after)
			if got := percent(); got != -1 {
				t.Errorf("%s: %d at the start", name, got)
			}
			if after == opening {
				time.Sleep(after)
				synctest.Wait()
			} else {
				stop()
			}
			if got := percent(); got < leastPercent || got > mostPercent {
				t.Errorf("%s: %d after it", name, got)
			}
			stop()
		})
	}
	t.Setenv("GOGC", "70")
	debug.SetGCPercent(70)
	stop := pace(0)
	runtime.GC()
	if stop(); percent() != 70 {
		t.Error("GOGC did not have the last word")
	}
}
