package file

import "testing"

// A look at the directory before each record sees the guard's note again: its gap is told once all the same, and the log
// behind it is read.
func TestNoteIsToldOnce(t *testing.T) {
	slow := givenUpHalfRead(t)
	for _, want := range []string{"gap 3-6", "gap 6--1", "b1"} {
		slow.r.wake(true)
		if got, _ := slow.next(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
