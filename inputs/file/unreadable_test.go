package file

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

func TestNotThereYet(t *testing.T) {
	h := newHome(t)
	h.must(os.Remove(h.dir))
	r := h.open(inputs.Options{})
	r.want()
	h.must(os.Mkdir(h.dir, 0o700))
	r.want()
	h.write("audit.log", "")
	r.want()
	h.write("audit.log", "a1\n")
	r.want("a1")
}

func TestNoRegularFile(t *testing.T) {
	h := newHome(t)
	h.must(syscall.Mkfifo(h.path("audit.log"), 0o600))
	h.must(os.Mkdir(h.path(backup2), 0o700))
	h.write(backup1, "a1\n")
	r := h.open(inputs.Options{})
	got := r.all()
	if len(got) != 2 || got[0] != "a1" || !strings.Contains(got[1], "it is a named pipe") {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("not_regular")
	h.remove("audit.log")
	h.write("audit.log", "b1\n")
	r.want("b1")
}

func TestSymlink(t *testing.T) {
	h := newHome(t)
	h.write("elsewhere", "a1\n")
	h.must(os.Symlink("elsewhere", h.path("audit.log")))
	h.must(os.Symlink("elsewhere", h.path(backup1)))
	r := h.open(inputs.Options{})
	r.want("a1")
	h.write("elsewhere", "a2\n")
	r.want("a2")
	r.wantSeen("symlink")
	r.wantSeen("not_regular")
}

func TestFileInPlaceOfDirectory(t *testing.T) {
	h := newHome(t)
	h.must(os.Remove(h.dir))
	h.must(os.WriteFile(h.dir, nil, 0o600))
	r := h.open(inputs.Options{})
	if got := r.all(); len(got) != 1 || !strings.Contains(got[0], "not a directory") {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("unreadable")
}

// forbidden is a system where a file can't be opened.
type forbidden struct {
	system
	base string
}

func (f forbidden) Open(path string) (handle, error) {
	if filepath.Base(path) == f.base {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EACCES}
	}
	return f.system.Open(path)
}

// TestUnreadable: what can't be opened is an error that comes again, not a gap, and does not keep the rest back for long.
func TestUnreadable(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	h.in.sys = forbidden{disk{}, backup1}
	r := h.open(inputs.Options{})
	if got := r.all(); len(got) != 1 || !strings.Contains(got[0], "permission denied") {
		t.Fatalf("got %q", got)
	}
	r.r.hidden = time.Now().Add(-patience)
	for i := range 3 {
		got := r.all()
		if i == 0 && (len(got) == 0 || got[0] != "b1") || len(got) == 0 || !strings.Contains(got[len(got)-1], "permission denied") {
			t.Fatalf("got %q", got)
		}
	}
	r.wantSeen("unreadable")
	r = r.reopen()
	r.want("a1")
}

// TestOnceWaitsForABackup that can't be opened for a moment: it is part of what there was, and comes first.
func TestOnceWaitsForABackup(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	fault := syscall.EMFILE
	h.in.sys = faulty{disk{}, func(call, path string) error {
		if call == "open" && filepath.Base(path) == backup1 && fault != 0 {
			return fault
		}
		return nil
	}}
	r := h.open(inputs.Options{Once: true})
	if got := r.all(); len(got) != 1 || !strings.HasPrefix(got[0], "error") {
		t.Fatalf("got %q", got)
	}
	fault = 0
	r.want("a1", "b1")
	if _, err := r.r.Next(t.Context()); err != io.EOF {
		t.Error("no end but", err)
	}
}

// TestDirectoryAway: a directory that is not mounted for a while loses nothing, and is an error.
func TestDirectoryAway(t *testing.T) {
	for _, restart := range []bool{false, true} {
		h := newHome(t)
		h.write(backup1, "a1\na2\n")
		h.write("audit.log", "b1\n")
		r := h.open(inputs.Options{})
		if got, _ := r.next(); got != "a1" {
			t.Fatal(got)
		}
		away := h.dir + ".away"
		h.must(os.Rename(h.dir, away))
		if restart {
			r = r.reopen()
			if got := r.all(); len(got) != 1 || !strings.HasPrefix(got[0], "error") {
				t.Errorf("got %q", got)
			}
		}
		h.must(os.Rename(away, h.dir))
		r.want("a2", "b1")
	}
}

// TestEmptyMountPoint: what was told as lost, because its directory was empty for a while, is read when it is there again.
func TestEmptyMountPoint(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\na2\n")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	if got, _ := r.next(); got != "a1" {
		t.Fatal(got)
	}
	away := h.dir + ".away"
	h.must(os.Rename(h.dir, away))
	h.must(os.Mkdir(h.dir, 0o700))
	r = r.reopen()
	r.want("gap 3-6", "gap 0--1")
	h.remove("")
	h.must(os.Rename(away, h.dir))
	r.reopen().want("a2", "b1")
}
