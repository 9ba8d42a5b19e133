package disktest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
)

// Trial is one history of a disk: lives that end by kills and power losses, and what happens in them.
type Trial struct {
	testing.TB
	*Disk
	Seed uint64
	Stop int // call of the first life at which the world stops
	Rand *rand.Rand

	lives    int
	crashes  int  // how many lives may end early; the one after them meets no trouble
	unharmed bool // the first life was not stopped
}

// crashes are how many of the lives may end early where every call is tried.
const crashes = 4

// enough trials of a seed whose first life was not stopped: the workload has no more calls. One is not, since where calls
// fail a life may be short.
const enough = 10

// Each runs a workload for every seed and every call at which its first life can be stopped. The workload is called once
// per trial.
//
// AUDITSHIP_SEED=n replays one seed, AUDITSHIP_SEEDS=n takes so many instead of the usual.
func Each(t testing.TB, seeds int, workload func(*Trial)) {
	t.Helper()
	runs := 0
	first, end := chosen(max(2, seeds/raceShare)) // one without and one with calls that fail
	for seed := first; seed < end; seed++ {
		for stop, missed := 1, 0; missed < enough; stop++ {
			trial := newTrial(t, seed, stop, crashes)
			workload(trial)
			if runs++; trial.unharmed {
				missed++
			}
		}
	}
	t.Logf("%d trials of %d seeds", runs, end-first)
}

// Some runs a workload once for every seed: its first life is stopped at a call of chance, at the latest the one named,
// and up to two more are. The variables of Each count here, too.
func Some(t testing.TB, seeds, latest int, workload func(*Trial)) {
	t.Helper()
	first, end := chosen(seeds)
	for seed := first; seed < end; seed++ {
		workload(newTrial(t, seed, 1+rand.New(rand.NewPCG(seed, 1)).IntN(latest), 3))
	}
}

func newTrial(t testing.TB, seed uint64, stop, crashes int) *Trial {
	return &Trial{TB: t, Disk: New(seed<<20 + uint64(stop)), Seed: seed, Stop: stop, crashes: crashes, Rand: rand.New(rand.NewPCG(seed, uint64(stop)))}
}

// chosen is which seeds to run, where nobody asks for others.
func chosen(usual int) (first, end uint64) {
	if only, given := number("AUDITSHIP_SEED"); given {
		return only, only + 1
	}
	if n, given := number("AUDITSHIP_SEEDS"); given {
		return 0, n
	}
	return 0, uint64(usual)
}

func number(variable string) (n uint64, given bool) {
	n, err := strconv.ParseUint(os.Getenv(variable), 10, 32)
	return n, err == nil
}

// Begin arms the next life and tells whether it is the last one, in which nothing goes wrong.
func (t *Trial) Begin() (last bool) {
	switch t.lives++; {
	case t.lives == 1:
		t.StopAt(t.Stop)
	case t.lives <= t.crashes:
		t.StopAt(1 + t.Rand.IntN(20+2*t.Stop))
	default:
		return true
	}
	if t.Seed%2 == 1 {
		t.FailWith(t.mishap)
	}
	return false
}

// End ends a life: by the kill or the power loss that stopped the world, or the next one.
func (t *Trial) End() How {
	how := How(t.Rand.IntN(2))
	if t.lives == 1 {
		t.unharmed = !t.hasStopped()
	}
	t.Restart(how)
	return how
}

// mishap lets one call in some fail, as the kernel would.
func (t *Trial) mishap(c Call) error {
	if t.Rand.IntN(15) > 0 {
		return nil
	}
	if c.Writes() {
		return []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EACCES, syscall.EDQUOT}[t.Rand.IntN(5)]
	}
	return syscall.EIO
}

// Damaged fails the test with the history of the trial.
func (t *Trial) Damaged(format string, args ...any) {
	t.Helper()
	t.Logf("disk:\n%s", t.Dump("/"))
	t.Fatalf("AUDITSHIP_SEED=%d, first life stopped at call %d, life %d: "+format, append([]any{t.Seed, t.Stop, t.lives}, args...)...)
}
