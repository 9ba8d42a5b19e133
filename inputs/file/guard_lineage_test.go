package file

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// watchedHome is a home whose guard watches and can't link.
func watchedHome(t *testing.T) (*home, *guard, *tap) {
	h := newHome(t)
	h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard", "api")
	r, g := h.open(inputs.Options{}), newGuard(h.in)
	g.watcher.open()
	t.Cleanup(g.stop)
	return h, g, r
}

// TestDeletedAndMadeAnew: nothing is lost with a log that is deleted, as long as it was open, and no other one came in
// between.
func TestDeletedAndMadeAnew(t *testing.T) {
	h, g, r := watchedHome(t)
	for i := range 70 { // more than are remembered
		h.write("audit.log", fmt.Sprintf("a%d\n", i))
		g.pass()
		r.want(fmt.Sprintf("a%d", i))
		h.write("audit.log", fmt.Sprintf("b%d\n", i))
		h.remove("audit.log")
		if i%2 == 0 {
			g.pass() // while there is none
			r.want(fmt.Sprintf("b%d", i))
		}
		h.write("audit.log", "")
		g.pass()
		if i%2 == 1 {
			r.want(fmt.Sprintf("b%d", i))
		}
	}
	h.write("audit.log", "z\n")
	r.want("z")
	if h.seen["guard_too_late"] > 0 {
		t.Error("a gap was told to nobody")
	}
}

// TestOneCameInBetween: it is told once.
func TestOneCameInBetween(t *testing.T) {
	h, g, r := watchedHome(t)
	h.write("audit.log", "a\n")
	g.pass()
	r.want("a")
	for _, text := range []string{"b\n", "c\n"} {
		h.remove("audit.log")
		h.write("audit.log", text)
	}
	r.want("c") // the guard will look
	g.pass()
	r.want("gap -1--1")
}

// TestTheNewestIsDeletedFirst: lumberjack deletes by name, and a clock that was stepped back gives the newest the oldest.
func TestTheNewestIsDeletedFirst(t *testing.T) {
	h, g, fast, slow := guardedHome(t)
	t.Cleanup(g.stop)
	g.watcher.open()
	for i := range 3 {
		h.write("audit.log", fmt.Sprintf("a%d\n", i))
		g.pass()
		fast.want(fmt.Sprintf("a%d", i))
		fast.commit()
		h.write("audit.log", fmt.Sprintf("b%d\n", i))
		h.rename("audit.log", backup1)
		h.write("audit.log", "")
		h.remove(backup1)
		g.pass()
		fast.want(fmt.Sprintf("b%d", i))
		fast.commit()
	}
	slow.want("a0", "b0", "a1", "b1", "a2", "b2")
	if h.seen["guard_too_late"] > 0 {
		t.Error("a gap was told that is none")
	}
}

// TestAnEmptyLogIsDeleted: there is nothing to copy, and nothing is lost.
func TestAnEmptyLogIsDeleted(t *testing.T) {
	h, g, r := watchedHome(t)
	h.write("audit.log", "")
	g.pass()
	r.want()
	h.remove("audit.log")
	h.write("audit.log", "b\n")
	r.want("b") // the guard will look
	g.pass()
	r.want()
	if r.r.files.entries[0].Live && !r.r.files.entries[0].Done {
		t.Error("it is waited for still")
	}
}

// deaf is a system whose watch misses something.
type deaf struct {
	system
	missed error
}

func (d deaf) Watch(dir string) (watch, error) {
	w, err := d.system.Watch(dir)
	return deafWatch{w, d.missed}, err
}

type deafWatch struct {
	watch
	missed error
}

func (w deafWatch) Take(each func(event)) error {
	n := 0
	return errors.Join(w.watch.Take(func(e event) { each(e); n++ }), func() error {
		if n == 0 {
			return nil
		}
		return w.missed
	}())
}

// TestWhoIsDeafProvesNothing: an overflow, or the end of the watch, and a log that has gone is a gap again.
func TestWhoIsDeafProvesNothing(t *testing.T) {
	for _, missed := range []error{errMissed, errWatchOver} {
		h, g, r := watchedHome(t)
		g.watcher.close()
		h.in.sys = deaf{disk{}, missed}
		g.watcher.open()
		h.write("audit.log", "a\n")
		g.pass()
		g.pass()
		r.want("a")
		h.remove("audit.log")
		h.write("audit.log", "b\n")
		g.pass()
		r.want("gap -1--1", "b")
	}
}

// TestKilledAfterADeletion: while the agent ran it had the deleted log open, and copied what was added. Afterwards nobody
// knows what else its writer wrote to it.
func TestKilledAfterADeletion(t *testing.T) {
	h, g, r := watchedHome(t)
	h.write("audit.log", "a1\n")
	g.pass()
	r.want("a1")
	r.commit()
	h.remove("audit.log")
	h.write("audit.log", "b1\n")
	g.pass() // copies
	g.stop()
	cursor, err := r.r.Cursor().MarshalJSON()
	h.must(err)
	cfg := h.in.cfg
	h.in = h.input()
	h.in.cfg = cfg
	r = h.open(inputs.Options{Cursor: cursor})
	r.want("gap 3--1", "b1")
}

// TestOneHoleAfterTheOther: where the file that was seen behind a hole went before the guard had it, the next hole is found by
// counting.
func TestOneHoleAfterTheOther(t *testing.T) {
	h, g, r := watchedHome(t)
	h.write("audit.log", "a\n")
	g.pass()
	r.want("a")
	g.anchor, g.since = nil, h.in.sys.Now()
	for _, text := range []string{"b\n", "c\n"} {
		h.remove("audit.log")
		h.write("audit.log", text)
	}
	g.pass()
	r.want("gap -1--1", "c")
	g.pass()
	r.want()
}
