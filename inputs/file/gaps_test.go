package file

import "testing"

// A look at the directory before each record sees the guard's note again: its gap is told once all the same, and the log
// behind it is read.
func TestNoteIsToldOnce(t *testing.T) {
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
	for _, want := range []string{"gap 3-6", "gap 6--1", "b1"} {
		slow.r.wake(true)
		if got, _ := slow.next(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
