package file

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// TestCopyUnderWay: logrotate's copy is seen at any length, while the log has been read wholly or in part and the agent
// goes on, or is started anew before or after the copy is complete. Nothing comes twice, and no line in pieces.
func TestCopyUnderWay(t *testing.T) {
	const whole = "a1\na2\na3\n"
	for have := 3; have <= len(whole); have += 3 {
		for seen := range len(whole) + 1 {
			for restart := range 6 {
				h := newHome(t)
				h.write("audit.log", whole[:have])
				r := h.open(inputs.Options{})
				got := r.all()
				h.write("audit.log", whole[have:])
				if restart >= 3 {
					got = append(got, r.all()...)
				}
				h.write("audit.log.1", whole[:seen])
				if restart%3 == 1 {
					r = r.reopen()
				}
				got = append(got, r.all()...)
				h.write("audit.log.1", whole[seen:])
				h.must(os.Truncate(h.path("audit.log"), 0))
				if restart%3 == 2 {
					r = r.reopen()
				}
				got = append(got, r.all()...)
				h.write("audit.log", "b1\n")
				got = append(got, r.all()...)
				got = slices.DeleteFunc(got, func(s string) bool { return s == "gap 9--1" }) // nobody knows that nothing came behind the copy
				if text := strings.Join(got, " "); text != "a1 a2 a3 b1" {
					t.Errorf("read %d bytes, saw %d of the copy, restart %d: %q", have, seen, restart, text)
				}
			}
		}
	}
}

// TestNoCopy: what has no line for a while was not copied: it is torn.
func TestNoCopy(t *testing.T) {
	h := newHome(t)
	h.write("audit.log.1", "torn")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	r.want("b1")
	before := time.Now().Add(-copyPause)
	h.must(os.Chtimes(h.path("audit.log.1"), before, before))
	r.want("~torn")
	r.reopen().want()
}

// TestTruncatedAndReplaced: a log that was copied and truncated is replaced before the next look.
func TestTruncatedAndReplaced(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.write("audit.log.1", "a1\n")
	h.write("audit.log", "a2\n")
	h.must(os.Truncate(h.path("audit.log"), 0))
	h.write("other", "b1\n")
	h.rename("other", "audit.log")
	r.want("gap 3--1", "b1")
	r.reopen().want()
}

// TestCopyOfTheBeginning: all that is left of a log is less than what was read of it.
func TestCopyOfTheBeginning(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	r.want("a1", "a2")
	h.must(os.Mkdir(h.path(guardDir), 0o700))
	h.write(guardDir+"/"+linkName("audit.log", 1, false), "a1\n")
	h.write("audit.log.2", "") // so that it does not get the number of the log
	h.remove("audit.log")
	h.write("audit.log", "b1\n")
	r = r.reopen()
	r.want("gap 6--1", "b1")
	r.reopen().want()
}

// TestCopyOfWhatNobodySaw: the log was seen empty, and only its copy tells that it was written and truncated since.
func TestCopyOfWhatNobodySaw(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "")
	r := h.open(inputs.Options{})
	r.want()
	h.write("audit.log.1", "a1\n")
	h.write("audit.log", "b1\n") // in the place of a1 and a2
	r.want("a1", "gap 3--1", "b1")
	r.want()
}

// TestOnlyACopyIsLeft of a log that a reader had open until the agent stopped, plain or compressed: what it saw of it and is
// not in the copy is lost, however often the agent stops before it can tell.
func TestOnlyACopyIsLeft(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		h := newHome(t)
		h.write(oldest, "")
		h.write("audit.log", "a1\na2\n")
		r := h.open(inputs.Options{})
		r.r.look()
		h.write("audit.log.1", "a1\n")
		h.rotate(backup1)
		h.remove(backup1)
		h.write("audit.log", "b1\n")
		r.r.look() // all names are the copy's now
		r = r.reopen()
		if zipped {
			h.gzip("audit.log.1")
		}
		r.r.look()
		r.next()
		r.reopen().want("gap 3--1", "b1")
	}
}

// TestCompressedCopyWhereTwoRotate: all that is left of the log is compressed. Logrotate alone may have renamed it before, and
// then it is whole; where kube-apiserver rotates, too, the truncated log may have gone with its backups.
func TestCompressedCopyWhereTwoRotate(t *testing.T) {
	for _, two := range []bool{true, false} {
		h := newHome(t)
		h.write("audit.log", "a1\n")
		r := h.open(inputs.Options{})
		r.r.look()
		want := []string{"a1", "b1"}
		if two {
			h.write("audit.log.1", "a1\n")
			h.write("audit.log", "a2\n")
			h.must(os.Truncate(h.path("audit.log"), 0))
			h.rotate(backup1)
			h.remove(backup1)
			h.rotate(backup2)
			want = []string{"a1", "gap 3--1", "b1"}
		} else {
			h.rename("audit.log", "audit.log.1")
		}
		h.gzip("audit.log.1")
		h.write("audit.log", "b1\n")
		r = r.reopen()
		r.want(want...)
		r.reopen().want()
	}
}
