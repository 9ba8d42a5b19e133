package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

// copyHome is a home where nothing can be linked, and what a reader that has read nothing needs is copied.
func copyHome(t *testing.T, budget unit.Size) (*home, *tap) {
	h := newHome(t)
	h.in.cfg.GuardDir, h.in.cfg.GuardBytes = filepath.Join(t.TempDir(), "guard", "api"), budget
	h.in.sys = noLinks{disk{}}
	h.write(oldest, "")
	h.write("audit.log", "")
	slow := h.open(inputs.Options{Pipeline: "api/slow"})
	slow.want()
	return h, slow
}

func (h *home) copies() []string {
	copies, err := filepath.Glob(filepath.Join(h.in.cfg.GuardDir, "*[0-9]")) // no notes
	h.must(err)
	return copies
}

// TestCopyThatNeverFits: a file that is larger than the whole budget is given up, and nothing else for it.
func TestCopyThatNeverFits(t *testing.T) {
	h, slow := copyHome(t, 30)
	g := newGuard(h.in)
	defer g.stop()
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", strings.Repeat(fmt.Sprint(i), []int{6, 6, 60}[i])+"\n")
		g.pass()
		h.rotate(name)
		g.pass()
		h.remove(name)
		g.pass()
	}
	slow.want("gap 0-61", "000000", "111111")
}

// threeBackups are in the directory, of 7 bytes each, when the oldest is deleted.
func (h *home) threeBackups(g *guard) {
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", strings.Repeat(fmt.Sprint(i), 6)+"\n")
		g.pass()
		h.rotate(name)
		g.pass()
	}
	h.remove(oldest)
	g.pass()
	h.remove(backup1)
}

// TestCopyAheadGivesUpNothing: what is still there needs no room that another file's only copy has.
func TestCopyAheadGivesUpNothing(t *testing.T) {
	h, slow := copyHome(t, 14)
	g := newGuard(h.in)
	defer g.stop()
	h.threeBackups(g)
	for range 3 {
		g.pass()
	}
	if len(h.copies()) != 2 || h.seen["guard_gave_up"] != 0 {
		t.Errorf("copies %v, anomalies %v", h.copies(), h.seen)
	}
	slow.want("000000", "111111", "222222")
}

// costly is a disk that takes no copy, and counts how often it is asked to.
type costly struct {
	noLinks
	tries   *int
	now     *time.Time
	holding func()
}

func (c costly) Now() time.Time { return *c.now }
func (c costly) Copy(handle, int64, time.Time, string) error {
	*c.tries++
	c.holding()
	return syscall.EDQUOT
}

// TestFailedCopyIsLeftAlone for a while, but not when the agent stops: then it is the last chance. And the readers know
// what is being copied.
func TestFailedCopyIsLeftAlone(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	tries, now := 0, time.Now()
	sys := costly{noLinks{disk{}}, &tries, &now, func() {
		if holding := h.in.holding.Load(); holding == nil || len(*holding) == 0 {
			t.Error("the readers do not know what is copied")
		}
	}}
	h.in.sys = sys
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	h.rotate(backup1)
	g.pass()
	h.remove(backup1)
	for range 5 {
		g.pass()
	}
	if tries != 1 {
		t.Errorf("%d tries in 5 passes", tries)
	}
	now = now.Add(retryCopy)
	g.pass()
	g.pass()
	if tries != 2 {
		t.Errorf("%d tries, want a second one", tries)
	}
	g.stopping = func() bool { return true }
	g.pass()
	if tries != 3 {
		t.Errorf("%d tries, want one more at the stop", tries)
	}
	slow.want("a1")
}

// TestStopCopiesNothingAhead: only what is lost otherwise may hold it up.
func TestStopCopiesNothingAhead(t *testing.T) {
	h, _ := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.threeBackups(g)
	for _, c := range h.copies() {
		h.must(os.Remove(c))
	}
	g.stopping = func() bool { return true }
	g.pass()
	if n := len(h.copies()); n != 1 {
		t.Errorf("%d copies, want that of the deleted file", n)
	}
}

// TestCopyOfWhatWasRead: a file that a reader is through with, and that is copied before the reader commits, is known by
// then, however many others are gone as well.
func TestCopyOfWhatWasRead(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	var lines, names []string
	for i := range 2 * keepGone {
		names = append(names, fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", 100+i))
		lines = append(lines, fmt.Sprint("line ", i))
		h.write("audit.log", lines[i]+"\n")
		h.rotate(names[i])
	}
	g.pass()
	slow.want(lines...)
	for _, name := range names {
		h.remove(name)
	}
	slow.want()
	slow.want()
	g.pass()
	if len(h.copies()) < len(names) {
		t.Fatalf("%d copies, want one of each file", len(h.copies()))
	}
	slow.want()
}

// TestDeletedWhenItWasToBeKept: a file is deleted between its listing and its link, or copy. A reader that has never seen it
// is told.
func TestDeletedWhenItWasToBeKept(t *testing.T) {
	for _, call := range []string{"link", "open"} {
		h, slow := copyHome(t, 1<<20)
		h.write(backup1, "a1\n")
		h.write(backup2, "b1\n")
		h.write("audit.log", "c1\n")
		calls := 0
		sys := faulty{disk{}, func(what, path string) error {
			if ours := what == call && (call == "link" || filepath.Base(path) == backup1); ours {
				if calls++; calls == map[string]int{"link": 1, "open": 2}[call] { // the listing opens it first
					h.remove(backup1)
				}
			}
			return nil
		}}
		h.in.sys = sys
		if call == "open" {
			h.in.sys = noLinks{sys}
		}
		g := newGuard(h.in)
		g.pass()
		if h.seen["guard_too_late"] != 1 {
			t.Errorf("%s: anomalies %v", call, h.seen)
		}
		slow.want("gap 0-3", "b1", "c1")
		g.stop()
	}
}

// TestCompressedIsNotCopied: what was compressed is not lost with its plain form.
func TestCompressedIsNotCopied(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	h.rotate(backup1)
	h.gzip(backup1)
	g.pass()
	if c := h.copies(); len(c) != 0 {
		t.Errorf("copies %v", c)
	}
	h.remove(backup1 + gzSuffix)
	g.pass()
	slow.want("a1")
}

// TestCopyOfSomethingOlder: what a reader sees later need not be newer, so that it does not tell that a writer is through with
// what was seen before; nor is the copy of a former log the log, where there is none.
func TestCopyOfSomethingOlder(t *testing.T) {
	for _, order := range [][]string{{"b1", "long c1"}, {"long c1", "b1"}} {
		h, slow := copyHome(t, 1<<20)
		again := func() {
			cfg, sys := h.in.cfg, h.in.sys
			slow = slow.reopen()
			h.in.cfg, h.in.sys = cfg, sys
		}
		h.write("audit.log", "a1\n")
		slow.want("a1")
		again()
		g := newGuard(h.in)
		h.rename("audit.log", "audit.log.2")
		h.write(backup1, "b1\n")
		h.write("audit.log", "")
		g.pass()
		h.remove("audit.log.2")
		h.remove(backup1)
		slow.want()
		h.rename("audit.log", "audit.log.1") // by logrotate, whose writer goes on with it
		if order[1] == "b1" {
			h.write("audit.log", "") // and then it is not the log
		}
		g.pass()
		h.write("audit.log.1", "long c1\n")
		slow.want(order...)
		g.stop()
		again()
		h.remove("audit.log.1") // and perhaps there was more
		slow.want("gap 8--1")
	}
}
