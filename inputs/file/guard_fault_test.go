package file

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// faulty is a system some of whose calls fail.
type faulty struct {
	system
	fail func(call, path string) error
}

func (f faulty) Stat(path string) (info, error) {
	if err := f.fail("stat", path); err != nil {
		return info{}, err
	}
	return f.system.Stat(path)
}

func (f faulty) Open(path string) (handle, error) {
	if err := f.fail("open", path); err != nil {
		return nil, err
	}
	return f.system.Open(path)
}

func (f faulty) Mkdir(path string) error {
	if err := f.fail("mkdir", path); err != nil {
		return err
	}
	return f.system.Mkdir(path)
}

func (f faulty) Link(path, link string) error {
	if err := f.fail("link", link); err != nil {
		return err
	}
	return f.system.Link(path, link)
}

func (f faulty) Write(path string, data []byte) error {
	if err := f.fail("write", path); err != nil {
		return err
	}
	return f.system.Write(path, data)
}

// fails lets calls for a path, or for any (""), fail until the returned switch is set to false.
func (h *home) fails(call, path string, no syscall.Errno) (on *bool) {
	on = new(bool)
	*on = true
	h.in.sys = faulty{h.in.sys, func(c, p string) error {
		if *on && c == call && (path == "" || p == path) {
			return &fs.PathError{Op: c, Path: p, Err: no}
		}
		return nil
	}}
	return on
}

// TestNoteOnReadOnlyMount: a loss is noted in the state directory, which nobody has made yet.
func TestNoteOnReadOnlyMount(t *testing.T) {
	h := newHome(t)
	h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard", "api")
	h.fails("mkdir", h.path(guardDir), syscall.EROFS)
	h.fails("link", "", syscall.EROFS)
	h.write(oldest, "")
	slow := h.open(inputs.Options{Pipeline: "api/slow"})
	h.write("audit.log", "a1\n")
	slow.want("a1")
	slow.commit()
	g := newGuard(h.in)
	g.pass()
	h.loseTwo(g)
	slow.want("gap -1--1", "c1")
	g.stop()
}

// loseTwo lets two backups come and go between two passes.
func (h *home) loseTwo(g *guard) {
	h.rotate(backup1)
	h.write("audit.log", "lost1\n")
	h.rotate(backup2)
	h.write("audit.log", "c1\n")
	h.remove(backup1)
	h.remove(backup2)
	g.pass()
}

// TestNoteIsTriedAgain: what a full disk does not take is written when it can be, once.
func TestNoteIsTriedAgain(t *testing.T) {
	h, _, fast, _ := guardedHome(t)
	full := h.fails("write", "", syscall.ENOSPC)
	g := newGuard(h.in)
	h.write("audit.log", "a1\n")
	fast.want("a1")
	fast.commit()
	g.pass()
	h.loseTwo(g)
	g.pass()
	if len(h.notes()) != 0 || h.seen["guard_failed"] != 1 {
		t.Fatalf("notes %v, anomalies %v", h.notes(), h.seen)
	}
	*full = false
	g.pass()
	g.pass()
	if len(h.notes()) != 1 {
		t.Fatalf("notes: %v", h.notes())
	}
	fast.want("gap -1--1", "c1")
	fast.reopen().want()
}

func (h *home) notes() []string {
	notes, err := filepath.Glob(h.path(guardDir + "/*" + lostSuffix))
	h.must(err)
	return notes
}

// TestFullDiskTakesTheNoteLast: there is room for it as soon as the file is gone.
func TestFullDiskTakesTheNoteLast(t *testing.T) {
	h, _, _, slow := guardedHome(t)
	h.in.sys = faulty{disk{}, func(call, path string) error {
		if call == "write" && len(h.links()) > 1 {
			return &fs.PathError{Op: call, Path: path, Err: syscall.EDQUOT}
		}
		return nil
	}}
	h.write("audit.log", "a1\n")
	g := newGuard(h.in)
	g.pass()
	h.rotate(backup1)
	g.pass()
	h.remove(backup1)
	h.write("audit.log", "b1\n")
	h.in.cfg.GuardBytes = 1
	g.pass()
	if len(h.notes()) != 1 {
		t.Fatalf("links %v, anomalies %v", h.links(), h.seen)
	}
	slow.want("gap 0-3", "b1")
}

// TestNoteIsWholeOrNotThere: half a note beside a whole one elsewhere would be two gaps.
func TestNoteIsWholeOrNotThere(t *testing.T) {
	h := newHome(t)
	h.must(os.Mkdir(h.path(guardDir), 0o700))
	path := h.path(guardDir + "/audit.log.000000000001" + lostSuffix)
	h.must(os.Mkdir(path, 0o700)) // nothing can be renamed to it
	if err := (disk{}).Write(path, []byte("{}")); err == nil {
		t.Fatal("it is written over a directory")
	}
	if left := h.links(); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	h.must(os.Remove(path))
	h.must(disk{}.Write(path, []byte("{}")))
	if data, err := os.ReadFile(path); err != nil || string(data) != "{}" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestUnreadableLogIsNoHole: what could not be looked at may be the file that seems to be gone.
func TestUnreadableLogIsNoHole(t *testing.T) {
	h, _, fast, _ := guardedHome(t)
	scarce := h.fails("open", h.path("audit.log"), syscall.EMFILE)
	*scarce = false
	g := newGuard(h.in)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	g.pass()
	for range 2 {
		*scarce = true
		h.write("audit.log", "b2\n")
		g.pass()
		*scarce = false
		g.pass()
	}
	if len(h.notes()) != 0 {
		t.Errorf("notes: %v", h.notes())
	}
	fast.want("a1", "b1", "b2", "b2")
}

// TestHoleBehindUnreadableBackup: a backup that is unreadable for good does not switch the guard off.
func TestHoleBehindUnreadableBackup(t *testing.T) {
	h, _, fast, _ := guardedHome(t)
	h.write(backup3, "x\n")
	unreadable := h.fails("open", h.path(backup3), syscall.EIO)
	g := newGuard(h.in)
	h.write("audit.log", "a1\n")
	g.pass()
	h.wantLinks(1)
	h.loseTwo(g)
	*unreadable = false
	g.pass()
	if len(h.notes()) != 1 {
		t.Errorf("notes: %v", h.notes())
	}
	_ = fast
}
