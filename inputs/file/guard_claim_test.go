package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// runs lets an input run as in a process of its own, until stop.
func (h *home) runs(in *Input) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	stop = func() { cancel(); h.must(<-ended); ended <- nil } // again at the end
	h.Cleanup(stop)
	return stop
}

// TestTwoAgents: the one that comes second must not release what the first one's pipelines need, nor the other way round,
// and neither loses anything.
func TestTwoAgents(t *testing.T) {
	h := newHome(t)
	h.write(oldest, "") // it shows who rotates
	h.write("audit.log", "a1\n")
	open := func() (*Input, *tap) {
		h.in = h.input()
		h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard", "api")
		return h.in, h.open(inputs.Options{})
	}
	first, slow := open()
	stop := h.runs(first)
	h.until(func() bool { return len(h.links()) == 1 }, func() { t.Error("the log is not linked") })
	second, fast := open()
	stopSecond := h.runs(second)
	h.until(second.shared.Load, func() { t.Error("it does not see that the log is guarded") })
	for i, name := range []string{backup1, backup2} {
		h.rotate(name)
		h.until(func() bool { return len(h.links()) == i+2 }, func() { t.Errorf("links: %v", h.links()) })
		h.write("audit.log", name+"\n")
	}
	h.remove(backup1)
	fast.want("a1", backup1, backup2)
	fast.commit()
	h.remove(backup2)
	stopSecond()
	if n := len(h.links()); n < 2 {
		t.Fatalf("only %d links are left", n)
	}
	slow.want("a1", backup1, backup2)
	slow.commit()
	stop()
	if h.seen["guard_shared"] != 1 || first.shared.Load() {
		t.Error("guard_shared:", h.seen)
	}
	if _, err := os.Stat(h.path(guardDir)); err == nil {
		t.Error("something is left:", h.links())
	}
}

// TestLock: one has it, also of two in one process; it ends with its owner, and one on a directory that was removed is none.
func TestLock(t *testing.T) {
	h := newHome(t)
	dir := h.path(guardDir)
	if _, err := (disk{}).Lock(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for range 2 {
		h.must(disk{}.Mkdir(dir))
		lock, err := disk{}.Lock(dir)
		h.must(err)
		if _, err := (disk{}).Lock(dir); !errors.Is(err, errClaimed) {
			t.Error(err)
		}
		h.must(os.Remove(dir))
		if _, err := (disk{}).Lock(dir); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
		h.must(lock.Close())
	}
}

// TestNoPlaceForANote: an agent that may not write beside the log, and has no directory of its own, does not take a note for
// written.
func TestNoPlaceForANote(t *testing.T) {
	h := newHome(t)
	h.in.shared.Store(true)
	g := newGuard(h.in)
	g.leave(note{Name: "audit.log", Size: -1, Reason: "a test"}, 1)
	if len(g.owed) != 1 || h.seen["guard_failed"] != 1 {
		t.Errorf("%d notes are owed, anomalies %v", len(g.owed), h.seen)
	}
}
