package file

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// While an output is dead nobody asks for records, and the lag must grow all the same, through rotations, too.
func TestLagGrowsWhileNobodyReads(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "first\n")
	r, err := h.in.Open(inputs.Options{Pipeline: "api/dead", Start: inputs.Beginning})
	h.must(err)
	defer r.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- h.in.Run(ctx) }()
	defer func() { stop(); h.must(<-ended) }()

	line := strings.Repeat("x", 999) + "\n"
	written := int64(len("first\n"))
	for part := range 5 {
		h.write("audit.log", strings.Repeat(line, 10))
		written += 10_000
		h.until(func() bool { return r.Lag().Bytes == written }, func() { t.Errorf("part %d: lag %d, want %d", part, r.Lag().Bytes, written) })
	}
	h.rename("audit.log", "audit-2026-11-22T11-50-28.753.log")
	h.write("audit.log", line)
	written += 1000
	h.until(func() bool { return r.Lag().Bytes == written }, func() { t.Errorf("after a rotation: lag %d, want %d", r.Lag().Bytes, written) })

	for range 52 {
		if _, err := r.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	idle, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	waited := make(chan error, 1)
	go func() { // waits, and looks once a second
		_, err := r.Next(idle)
		waited <- err
	}()
	defer func() { cancel(); <-waited }() // before Close: the reader belongs to one goroutine
	h.until(func() bool { return r.Lag().Bytes == 0 }, func() { t.Errorf("all is read, and the lag is %d", r.Lag().Bytes) })
}

// until waits for a condition, for ten seconds at most.
func (h *home) until(met func() bool, missed func()) {
	h.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute) // of a busy machine
	for !met() {
		select {
		case <-tick.C:
		case <-limit:
			missed()
			h.FailNow()
		}
	}
}

// TestCursorsShareTheirStates: to come to the end of a growing log copies nothing, and yet cursor and lag know how long it is.
func TestCursorsShareTheirStates(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	r.want("a1", "b1")
	first := r.r.Cursor().(*cursor)
	for range 3 {
		h.write("audit.log", "b2\nhalf")
		r.r.wake(false)
		for _, ok := r.next(); ok; _, ok = r.next() {
		}
		c := r.r.Cursor().(*cursor)
		if &c.files[0] != &first.files[0] {
			t.Fatal("all states were copied")
		}
		if size := c.sizeOf(c.at); size != c.offset+4 {
			t.Errorf("at %d of %d bytes", c.offset, size)
		}
	}
	if lag := r.r.Lag().Bytes; lag != 4 {
		t.Errorf("lag %d, want that of the half line", lag)
	}
}
