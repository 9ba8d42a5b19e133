package file

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// rotateMany makes backups of a line each, and a log.
func (h *home) rotateMany(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", i))
		h.write("audit.log", fmt.Sprintf("line %d\n", i))
		h.rotate(names[i])
	}
	h.write("audit.log", "the last\n")
	return names
}

// TestLeftOutIsNotLost: what could not be held is read from where it still is, and nothing is told.
func TestLeftOutIsNotLost(t *testing.T) {
	h, slow := copyHome(t, 1<<30)
	g := newGuard(h.in)
	defer g.stop()
	names := h.rotateMany(maxHeld + 26)
	for i := range 4 {
		g.pass()
		h.rename("audit.log", fmt.Sprintf("audit-2026-11-22T12-00-01.%03d.log", i)) // the log is left out, too
		h.write("audit.log", fmt.Sprintf("new %d\n", i))
	}
	if got := slow.all(); len(got) != len(names)+1+4 || h.seen["guard_too_late"] != 0 {
		t.Errorf("%d records, anomalies %v: %q", len(got), h.seen, got)
	}
}

// TestLeftOutGoesDuringAPass: the pass began when a file that could not be held was there, and looks again when it is not.
func TestLeftOutGoesDuringAPass(t *testing.T) {
	h, slow := copyHome(t, 1<<30)
	h.in.mostHeld = 1
	g := newGuard(h.in)
	defer g.stop()
	names := h.rotateMany(2)
	g.pass()
	g.tellMissed(g.list())
	h.remove(names[1])
	g.tellMissed(g.list())
	g.tellMissed(g.list())
	if h.seen["guard_too_late"] != 1 {
		t.Errorf("anomalies %v, want that one file is missed", h.seen)
	}
	slow.want("gap 0-7", "line 0", "the last")
}

// TestLeftOutGoesWhileNoAgentRuns: something newer was copied before, and would hide it from the next guard. Nothing is told as
// long as the file is there.
func TestLeftOutGoesWhileNoAgentRuns(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		h, slow := copyHome(t, 1<<30)
		cfg, sys := h.in.cfg, h.in.sys
		g := newGuard(h.in)
		h.write("audit.log", "c1\n")
		g.pass() // it is held, and nothing else can be
		h.in.mostHeld = 1
		h.write(backup1, "a1\n")
		g.pass()
		h.rotate(backup2)
		g.pass()
		h.gzip(backup2) // that is another file
		g.pass()
		slow.want("c1", "a1")
		g.stop() // the agent dies, and nothing was committed
		if deleted {
			h.remove(backup1)
		}
		h.in = h.input()
		h.in.cfg, h.in.sys = cfg, sys
		fresh := h.open(inputs.Options{})
		g = newGuard(h.in)
		g.pass()
		want := "a1"
		if deleted {
			want = "gap 0-3"
		}
		fresh.want(want, "c1")
		g.stop()
	}
}

// TestHeldGoesWhileNoAgentRuns: the guard had it open, and something newer was deleted and copied before it died. The same where only
// the newer one had room to be copied ahead.
func TestHeldGoesWhileNoAgentRuns(t *testing.T) {
	for name, newer := range map[string]func(h *home, g *guard){
		"deleted":      func(h *home, _ *guard) { h.remove(backup2) },
		"copied ahead": func(_ *home, g *guard) { g.forecast.deleting = true },
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := copyHome(t, 8) // no room for the first one
			cfg, sys := h.in.cfg, h.in.sys
			g := newGuard(h.in)
			h.write(backup1, "a long first line\n")
			h.write(backup2, "b1\n")
			h.write("audit.log", "c1\n")
			g.pass()
			newer(h, g)
			g.pass()
			g.pass()
			g.stop() // the agent dies, and nothing was committed
			h.remove(backup1)
			h.in = h.input()
			h.in.cfg, h.in.sys = cfg, sys
			fresh := h.open(inputs.Options{})
			g = newGuard(h.in)
			g.pass()
			if name == "deleted" {
				fresh.want("gap 0-18", "gap -1--1", "b1", "c1") // and, to be careful, what may have come and gone unseen
			} else {
				fresh.want("b1", "c1") // nothing was copied, and nobody saw the first
			}
			if copies := len(h.copies()); (copies == 1) != (name == "deleted") {
				t.Errorf("%d copies", copies)
			}
			g.stop()
		})
	}
}

// stale is a descriptor whose file system has forgotten it.
type stale struct{ handle }

func (stale) Stat() (info, error) { return info{}, syscall.ESTALE }

// TestHeldDescriptorFails: what kept a deleted file is gone, and that is told.
func TestHeldDescriptorFails(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	for _, name := range []string{backup1, backup2} {
		h.write("audit.log", name[21:24]+"\n")
		h.rotate(name)
	}
	h.write("audit.log", "c1\n")
	g.pass()
	h.remove(backup1)
	h.remove(backup2)
	for _, o := range g.held {
		if o.file == backup2 {
			o.handle = stale{o.handle}
		}
	}
	for range 3 {
		g.pass()
	}
	slow.want("gap 0-4", backup1[21:24], "c1")
}

// TestEmptyCompressedIsDeleted: all that a power failure left of a backup can't be copied, and is not held for ever.
func TestEmptyCompressedIsDeleted(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write(backup1+gzSuffix, "")
	h.write("audit.log", "b1\n")
	g.pass()
	h.remove(backup1 + gzSuffix)
	g.pass()
	if len(g.held) != 1 { // the log
		t.Errorf("%d files are open", len(g.held))
	}
	slow.want("gap -1--1", "b1")
}

// TestOpenFilesAreBounded: while no copy succeeds, deleted files take no more than the budget. What is given up is told.
func TestOpenFilesAreBounded(t *testing.T) {
	h, slow := copyHome(t, 10)
	now, noCopies := time.Now(), true
	h.in.sys = refusing{noLinks{disk{}}, &now, &noCopies}
	g := newGuard(h.in)
	defer g.stop()
	for i := range 4 {
		name := fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", i)
		h.write("audit.log", fmt.Sprintf("%d%d%d%d\n", i, i, i, i))
		g.pass()
		h.rotate(name)
		g.pass()
		h.remove(name)
		g.pass()
	}
	if h.seen["guard_gave_up"] != 2 {
		t.Errorf("anomalies %v, want that two files are given up", h.seen)
	}
	noCopies, now = false, now.Add(retryCopy)
	g.pass()
	slow.want("gap 0-5", "0000", "2222", "3333") // the reader itself had the first one open, as the log
	h.write("audit.log", "4444\n")
	g.pass()
	slow.want("gap 5--1", "4444")
}

// refusing takes no copies.
type refusing struct {
	noLinks
	now *time.Time
	on  *bool
}

func (r refusing) Now() time.Time { return *r.now }
func (r refusing) Copy(h handle, n int64, last time.Time, path string) error {
	if *r.on {
		return syscall.EDQUOT
	}
	return r.noLinks.Copy(h, n, last, path)
}

// TestCopyUnderWayIsNotNoted: somebody copies the log and has not come to the end of its first line. A note about that would make it a
// file of its own.
func TestCopyUnderWayIsNotNoted(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a long first line\n")
	g.pass()
	h.write("audit.log.1", "a long")
	h.remove("audit.log")
	g.pass()
	h.write("audit.log", "b1\n")
	g.pass()
	slow.want("gap -1--1", "a long first line", "b1") // nobody watches, so there may have been others
}
