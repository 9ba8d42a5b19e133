package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// deletedOpen is how many deleted files of a home this process has open.
func (h *home) deletedOpen() (n int) {
	fds, err := filepath.Glob("/proc/self/fd/*")
	h.must(err)
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, h.dir) && strings.HasSuffix(to, "(deleted)") {
			n++
		}
	}
	return n
}

// TestBlockedReadersHoldNoDisk: files that the guard gave up to stay within the budget must not be on the disk all the same,
// since a reader whose output is down has them open.
func TestBlockedReadersHoldNoDisk(t *testing.T) {
	for _, links := range []bool{true, false} {
		h := newHome(t)
		h.in.cfg.GuardDir, h.in.cfg.GuardBytes = filepath.Join(t.TempDir(), "guard", "api"), 10
		if !links {
			h.in.sys = noLinks{disk{}}
		}
		backup := func(i int) string { return fmt.Sprintf("audit-2026-11-22T11-50-%02d.000.log", i) }
		for i := range 20 {
			h.write(backup(i), fmt.Sprintf("line %d\n", i))
		}
		h.write("audit.log", "z1\n")
		slow := h.open(inputs.Options{})
		slow.next() // it has the oldest open
		g := newGuard(h.in)
		t.Cleanup(g.stop)
		h.in.guarding.Store(g.pass())
		for i := range 20 {
			h.remove(backup(i))
		}
		for range 2 {
			h.in.guarding.Store(g.pass())
		}
		if n := h.deletedOpen(); n > 2 { // the one that is read, and the anchor
			t.Errorf("links %v: %d deleted files are open", links, n)
		}
	}
}

// TestWhatTheGuardHasIsClosed: a file that was the log when it was opened.
func TestWhatTheGuardHasIsClosed(t *testing.T) {
	for _, links := range []bool{true, false} {
		h, g, r := watchedHome(t)
		if !links {
			h.in.sys = noLinks{disk{}}
		}
		h.write(oldest, "")
		for i, name := range []string{backup1, backup2, backup3} {
			h.write("audit.log", fmt.Sprintf("a%d\n", i))
			h.in.guarding.Store(g.pass())
			r.r.look()
			h.rotate(name)
			h.in.guarding.Store(g.pass())
		}
		r.r.look()
		open := 0
		for _, e := range r.r.files.entries {
			if e.handle != nil && !e.isLog() {
				open++
			}
		}
		if open > 0 {
			t.Errorf("links %v: %d backups are open", links, open)
		}
		r.want("a0", "a1", "a2")
	}
}

// TestEmptyLogGrows: a log that was empty at the last look is read as soon as it grows. It could be truncated before the next
// look, and nobody would know.
func TestEmptyLogGrows(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "")
	r := h.open(inputs.Options{})
	r.want()
	h.write("audit.log", "a1\n")
	r.r.wake(false)
	if got, _ := r.next(); got != "a1" {
		t.Errorf("got %q", got)
	}
	h.must(os.Truncate(h.path("audit.log"), 0))
	h.write("audit.log", "a longer line\n")
	r.want("gap 3--1", "a longer line")
}

// TestShorterCopyIsHeld: what the guard has open takes the place of what a reader has open only if it is not shorter.
func TestShorterCopyIsHeld(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	h.write("audit.log", "a1\na2\n")
	slow.r.look()
	h.write("audit.log.1", "a1\n")
	h.gzip("audit.log.1")
	h.remove("audit.log")
	h.write("audit.log", "b1\n")
	g := newGuard(h.in)
	defer g.stop()
	g.pass()
	slow.r.look()
	slow.r.look()
	slow.want("a1", "a2", "b1")
}
