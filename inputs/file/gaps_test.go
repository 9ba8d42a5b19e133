package file

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

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

// TestGapOfATruncation: what it destroys may have been written after the last look, until its writer began anew.
func TestGapOfATruncation(t *testing.T) {
	event := func(at time.Time) string {
		return `{"kind":"Event","stageTimestamp":"` + at.Format(time.RFC3339Nano) + `"}` + "\n"
	}
	begin := time.Now().Add(-time.Hour)
	for _, refilled := range []bool{true, false} {
		h := newHome(t)
		h.write("audit.log", event(begin))
		r := h.open(inputs.Options{})
		r.all()
		h.must(os.Chtimes(h.path("audit.log"), begin, begin))
		h.must(os.Truncate(h.path("audit.log"), 0))
		anew := begin.Add(time.Minute)
		if refilled {
			h.write("audit.log", event(anew))
		}
		r.r.wake(true)
		_, err := r.r.Next(ended)
		var gap *inputs.GapError
		if !errors.As(err, &gap) {
			t.Fatalf("no gap but %v", err)
		}
		if exact := gap.Last.Equal(anew.Add(disorder)); gap.To != -1 || exact != refilled || gap.Last.Before(anew) {
			t.Errorf("refilled %v: gap until %v, want %v", refilled, gap.Last, anew)
		}
	}
}
