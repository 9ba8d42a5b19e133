package file

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDeletedFileGrows: its writer goes on with what somebody else has renamed and deleted, after it was copied.
func TestDeletedFileGrows(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	writer, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
	h.must(err)
	defer writer.Close()
	for i, line := range []string{"a1\n", "a2\n"} {
		_, err := writer.WriteString(line)
		h.must(err)
		g.pass()
		if i == 0 {
			h.remove("audit.log")
			g.pass()
		}
	}
	h.write("audit.log", "b1\n")
	g.pass()
	if len(g.held) != 1 { // the log
		t.Errorf("%d files are open", len(g.held))
	}
	slow.want("gap -1--1", "a1", "a2", "b1") // nobody knows whether there were others behind a log that was deleted
}

// TestNothingIsSaidToBeHeldThatIsNot: a reader closes what the guard has open, so it must know when that is so no more.
func TestNothingIsSaidToBeHeldThatIsNot(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	h.write("audit.log", "a1\n")
	g.pass()
	slow.want("a1")
	h.rotate(backup1)
	slow.want()
	slow.commit()
	h.remove("audit.log")
	g.pass()
	g.pass()
	if holding := h.in.holding.Load(); len(g.held) != len(*holding) {
		t.Errorf("%d files are open, %d said to be", len(g.held), len(*holding))
	}
}

// TestHeldFileIsTruncated: what the guard has open is what it holds now, to the readers as well.
func TestHeldFileIsTruncated(t *testing.T) {
	h, slow := copyHome(t, 1<<20)
	g := newGuard(h.in)
	defer g.stop()
	for _, line := range []string{"a1\n", "b1\n"} {
		h.must(os.Truncate(h.path("audit.log"), 0))
		h.write("audit.log", line)
		g.pass()
	}
	held, want := (*h.in.holding.Load())[0].head.id, sha256.Sum256([]byte("b1"))
	if held != want {
		t.Errorf("the guard holds %s, want %x", held, want)
	}
	h.remove("audit.log")
	g.pass()
	slow.want("gap -1--1", "b1") // nobody saw a1
}

// TestGrownCopyFindsNoRoom: what a writer appended to a deleted file is lost when there is no room for it, and told; what
// was copied before is not.
func TestGrownCopyFindsNoRoom(t *testing.T) {
	for _, restart := range []bool{false, true} {
		h, slow := copyHome(t, 5)
		g := newGuard(h.in)
		defer g.stop()
		writer, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
		h.must(err)
		defer writer.Close()
		writer.WriteString("a1\n")
		g.pass()
		h.remove("audit.log")
		g.pass()
		slow.r.look()
		writer.WriteString("a2\n")
		g.pass()
		h.write("audit.log", "b1\n")
		g.pass()
		if restart {
			dir := h.in.cfg
			slow = slow.reopen()
			slow.in.cfg = dir
		}
		slow.want("gap -1--1", "a1", "gap 3--1", "b1")
	}
}

// TestMoreThanCanBeHeld: where many backups are deleted at once (--audit-log-maxage does that), some are not open yet. They are
// lost, and told.
func TestMoreThanCanBeHeld(t *testing.T) {
	h, slow := copyHome(t, 1<<30)
	g := newGuard(h.in)
	defer g.stop()
	const files = maxHeld + 26
	name := func(i int) string { return fmt.Sprintf("audit-2026-11-22T12-00-00.%03d.log", 100+i) }
	for i := range files {
		h.write("audit.log", fmt.Sprintf("line %d\n", i))
		h.rotate(name(i))
	}
	h.write("audit.log", "the last\n")
	g.pass()
	for i := range files {
		h.remove(name(i))
	}
	var lines, gaps int
	for range 10 {
		g.pass()
		for _, text := range slow.all() {
			if strings.HasPrefix(text, "gap") {
				gaps++
			} else {
				lines++
			}
		}
	}
	if lines <= maxHeld || lines+gaps < files+1 {
		t.Errorf("%d lines and %d gaps of %d files", lines, gaps, files+1)
	}
}
