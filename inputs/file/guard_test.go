package file

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
)

const oldest = "audit-2020-01-01T00-00-00.000.log"

// guardedHome is a home with one reader that has read and one that has not.
func guardedHome(t *testing.T) (h *home, g *guard, fast, slow *tap) {
	h = newHome(t)
	h.write(oldest, "") // it shows who rotates
	fast, slow = h.open(inputs.Options{Pipeline: "api/fast"}), h.open(inputs.Options{Pipeline: "api/slow"})
	return h, newGuard(h.in), fast, slow
}

func (h *home) rotate(to string) {
	h.rename("audit.log", to)
	h.write("audit.log", "")
}

func (t *tap) commit() { t.r.Commit(t.r.Cursor()) }

func (h *home) wantLinks(n int) {
	h.Helper()
	if links := h.links(); len(links) != n {
		h.Fatalf("%d links, want %d: %v", len(links), n, links)
	}
}

func TestGuardKeepsWhatOneReaderNeeds(t *testing.T) {
	h, g, fast, slow := guardedHome(t)
	h.write("audit.log", "a1\na2\n")
	g.pass()
	h.wantLinks(1)
	slow.next()
	slow.commit()
	h.rotate(backup2)
	g.pass()
	h.remove(backup2)
	h.write("audit.log", "b1\n")
	h.rotate(backup1) // the clock stepped back
	g.pass()
	h.remove(backup1)
	g.pass()
	h.wantLinks(3)
	h.write("audit.log", "c1\n")
	fast.want("a1", "a2", "b1", "c1")
	fast.commit()
	g.pass()
	h.wantLinks(3)
	slow.want("a2", "b1", "c1")
	g.pass()
	h.wantLinks(3)
	slow.commit()
	g.pass()
	h.wantLinks(1)
}

func TestGuardSurvivesRestart(t *testing.T) {
	h, g, _, slow := guardedHome(t)
	h.write("audit.log", "a1\na2\n")
	slow.next()
	g.pass()
	h.rotate(backup1)
	g.pass()
	h.remove(backup1)
	slow = slow.reopen() // alone: the other pipeline is gone
	g = newGuard(h.in)
	g.pass()
	h.write("audit.log", "b1\n")
	slow.want("a2", "b1")
	slow.commit()
	g.pass()
	h.wantLinks(1)
	h.in = h.input()
	newGuard(h.in).pass() // no pipeline at all
	h.wantLinks(0)
}

func TestGuardLinksBackupsThatAreNeeded(t *testing.T) {
	h, g, fast, _ := guardedHome(t)
	h.write(backup1, "a1\n")
	h.gzip(backup1)
	h.write(backup2, "b1\n")
	h.write("audit.log", "c1\n")
	h.write("other.log", "x\n")
	g.pass()
	h.wantLinks(3)
	h.remove(backup1 + ".gz")
	h.remove(backup2)
	fast.want("a1", "b1", "c1")
}

// TestGivenUpLogGoesOn: somebody deleted the log, and the guard gave it up while its writer was not through with it. Nobody knows
// where it ends, until something newer shows that it does not grow any more.
func TestGivenUpLogGoesOn(t *testing.T) {
	for _, newer := range []bool{false, true} {
		h, g, _, slow := guardedHome(t)
		h.in.cfg.GuardBytes = 1
		writer, err := os.Create(h.path("audit.log"))
		h.must(err)
		defer writer.Close()
		writer.WriteString("a1\n")
		g.pass()
		h.remove("audit.log")
		want := "gap 0--1"
		if newer {
			h.write("audit.log", "b1\n")
			want = "gap 0-3"
		}
		g.pass()
		if !newer {
			writer.WriteString("a2\n")
			h.write("audit.log", "b1\n")
		}
		slow.want(want, "gap -1--1", "b1") // there may have been others
	}
}

func TestGuardGivesUpTheOldest(t *testing.T) {
	h, g, fast, slow := guardedHome(t)
	h.in.cfg.GuardBytes = 10
	slow.want()
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", fmt.Sprintf("%d23456\n", i))
		h.rotate(name)
		g.pass()
		h.remove(name)
	}
	g.pass()
	h.wantLinks(4) // two of them are notes
	h.write("audit.log", "z\n")
	slow.want("gap 0-7", "gap 0-7", "223456", "z")
	slow = slow.reopen()
	slow.want()
	if h.seen["guard_gave_up"] != 2 {
		t.Errorf("anomalies: %v", h.seen)
	}
	_ = fast
	slow.commit()
	newGuard(h.in).pass()
	h.wantLinks(1)
}

type fullDisk struct{ system }

func (fullDisk) Free(string) (int64, error) { return 0, nil }

// TestGuardLeavesFree: a floor of free space makes the guard give up what it holds, and none is none.
func TestGuardLeavesFree(t *testing.T) {
	for floor, want := range map[unit.Size]string{0: "a1", 1: "gap 0-3"} {
		h, g, _, slow := guardedHome(t)
		h.in.sys, h.in.cfg.MinFree = fullDisk{h.in.sys}, floor
		slow.want()
		h.write("audit.log", "a1\n")
		h.rotate(backup1)
		g.pass()
		h.remove(backup1)
		h.write("audit.log", "b1\n")
		g.pass()
		slow.reopen().want(want, "b1")
	}
}

// givenUpHalfRead is a reader that has read a1 of a1 and a2, before the guard gave them up and b1 came.
func givenUpHalfRead(t *testing.T) *tap {
	t.Helper()
	h, g, _, slow := guardedHome(t)
	h.write("audit.log", "a1\na2\n")
	g.pass()
	slow.next()
	slow = slow.reopen()
	h.rotate(backup1)
	g.pass()
	h.remove(backup1)
	h.write("audit.log", "b1\n")
	h.in.cfg.GuardBytes = 1
	newGuard(h.in).pass()
	return slow
}

func TestGuardGivesUpWhatIsHalfRead(t *testing.T) {
	slow := givenUpHalfRead(t)
	slow.want("gap 3-6", "gap 6--1", "b1") // it was the log when the reader left: whether b1 came next, nobody can tell
	slow.reopen().want()
}

func TestGuardThatWasTooLate(t *testing.T) {
	h, g, fast, _ := guardedHome(t)
	h.write("audit.log", "a1\n")
	fast.want("a1")
	fast.commit()
	g.pass()
	for _, name := range []string{backup1, backup2} {
		h.rotate(name)
		h.write("audit.log", name+"\n")
	}
	h.remove(backup1)
	h.remove(backup2)
	g.pass()
	fast.want("gap -1--1", backup2)
	fast = fast.reopen()
	g = newGuard(h.in)
	g.pass()
	fast.want()
	fast.commit()
	g.pass()
	h.wantLinks(1)
}

// TestLogrotateIsNotHindered: it would leave a log alone that has several links.
func TestLogrotateIsNotHindered(t *testing.T) {
	h, g, _, slow := guardedHome(t)
	h.write("audit.log", "a1\n")
	g.pass()
	h.wantLinks(1)
	h.rename("audit.log", "audit.log.1")
	h.write("audit.log", "b1\n")
	if g.pass() {
		t.Error("the guard says that it links")
	}
	h.wantLinks(0)
	slow.r.look()
	h.remove("audit.log.1")
	slow.want("a1", "b1")
}

// noLinks is a file system without hard links.
type noLinks struct{ system }

func (noLinks) Link(string, string) error { return syscall.EPERM }

func TestWithoutLinksFilesStayOpen(t *testing.T) {
	h, _, fast, slow := guardedHome(t)
	h.in.sys = noLinks{disk{}}
	g := newGuard(h.in)
	h.write("audit.log", "a1\n")
	for range 2 {
		if g.pass() {
			t.Fatal("the guard says that it links")
		}
	}
	slow.next()
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", fmt.Sprintf("%d\n", i))
		h.rotate(name)
		slow.r.look()
		h.remove(name)
	}
	h.write("audit.log", "z\n")
	slow.want("0", "1", "2", "z")
	if h.seen["guard_failed"] != 1 {
		t.Errorf("anomalies: %v", h.seen)
	}
	_ = fast
}

func TestTwoLogsInOneDirectory(t *testing.T) {
	h, g, fast, _ := guardedHome(t)
	h.write("audit.log", "a1\n")
	h.write(backup1, "a0\n")
	h.write("audit2.log", "x1\n")
	h.write("audit2-2020-01-01T00-00-00.000.log", "x0\n")
	g.pass()
	h.in = New(Config{Path: h.path("audit2.log")}, h.in.log, h.in.count)
	other := h.open(inputs.Options{})
	newGuard(h.in).pass()
	h.wantLinks(4)
	other.want("x0", "x1")
	fast.want("a0", "a1")
}

// TestStopReleasesWhatIsCommitted: if the agent is not started again, no space may be held for what nobody needs.
func TestStopReleasesWhatIsCommitted(t *testing.T) {
	stop := func(h *home) {
		t.Helper()
		h.must(h.in.Run(ended))
	}
	h, g, fast, slow := guardedHome(t)
	for i, name := range []string{backup1, backup2} {
		h.write("audit.log", fmt.Sprintf("%d\n", i))
		g.pass()
		h.rotate(name)
	}
	h.write("audit.log", "c1\nc2\n")
	g.pass()
	h.wantLinks(3)
	fast.want("0", "1", "c1", "c2")
	fast.commit()
	slow.next()
	slow.next()
	slow.next() // c1
	stop(h)
	h.wantLinks(3) // slow has committed nothing

	slow.commit()
	stop(h)
	h.wantLinks(1) // c2
	h.rotate(backup3)
	slow = slow.reopen()
	slow.want("c2")
	slow.commit()
	h.write("audit.log", "d1\n")
	stop(h)
	h.wantLinks(1)
	slow.want("d1")
	slow.commit()
	stop(h)
	if _, err := os.Stat(h.path(guardDir)); !os.IsNotExist(err) {
		t.Errorf("the guard's directory is still there: %v", err)
	}
}
