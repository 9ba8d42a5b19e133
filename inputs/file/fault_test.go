package file

import (
	"fmt"
	"os"
	"testing"

	"github.com/auditship/auditship/inputs"
)

func (t *tap) wantSeen(anomaly string) {
	t.Helper()
	if t.seen[anomaly] == 0 {
		t.Errorf("anomaly %s was not counted: %v", anomaly, t.seen)
	}
}

func TestDeletedBeforeRead(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	r.next()
	h.rename("audit.log", backup1)
	h.write("audit.log", "b1\n")
	r.r.wake(true)
	r.next() // a2
	h.write(backup1, "a3\n")
	r.all()
	r = r.reopen()
	r.want()

	h = newHome(t)
	h.write(backup1, "a1\na2\n")
	h.write("audit.log", "b1\n")
	r = h.open(inputs.Options{})
	r.next()
	r = r.reopen()
	h.remove(backup1)
	r.want("gap 3-6", "b1")
	r.reopen().want()
}

func TestAllGoneWhileDown(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", `{"a":1,"stageTimestamp":"2026-11-22T11:50:28.753000Z"}`+"\n")
	r := h.open(inputs.Options{})
	r.all()
	h.remove("audit.log")
	b := `{"b":1,"stageTimestamp":"2026-11-22T12:00:00.000000Z"}`
	h.write("audit.log", b+"\n")
	r = r.reopen()
	r.r.wake(true)
	_, err := r.r.Next(ended)
	gap, ok := err.(*inputs.GapError)
	if !ok || gap.Bytes() != -1 || gap.Last.Format("15:04:05") != "12:00:01" || gap.First.IsZero() {
		t.Fatalf("got %#v, want a gap of unknown length up to the first line found", err)
	}
	r.want(b)
	r.reopen().want()
}

func TestDeletedLogIsReadToItsEnd(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	f, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
	h.must(err)
	defer f.Close()
	h.remove("audit.log")
	fmt.Fprintln(f, "a2")
	r.want("a2")
	fmt.Fprintln(f, "a3")
	r.want("a3")
	h.write("audit.log", "b1\n")
	r.want("gap 9--1", "b1")
	r.want()
}

func TestTwoRotators(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log.1", "b1\n")
	r := h.open(inputs.Options{})
	r.want("a1", "b1")
	r.wantSeen("two_rotators")
}
