//go:build linux

package file

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// inNamespace runs this test again in a mount namespace of its own. It tells whether this is that run.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv("AUDITSHIP_NAMESPACE") != "" {
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to mount")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "AUDITSHIP_NAMESPACE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(err.Error(), "operation not permitted") {
		t.Skip("may not make a mount namespace")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// mounted is a home that the agent sees through a read-only bind mount, as a pod with `readOnly: true` does.
func mounted(t *testing.T, flags uintptr) (writer, agent *home) {
	writer = newHome(t)
	view, state := t.TempDir(), t.TempDir()
	mount := func(flags uintptr) {
		if err := syscall.Mount(writer.dir, view, "", flags, ""); err != nil {
			t.Skip("bind mount: ", err)
		}
	}
	mount(syscall.MS_BIND)
	if flags != 0 {
		mount(syscall.MS_BIND | syscall.MS_REMOUNT | flags)
	}
	t.Cleanup(func() { syscall.Unmount(view, syscall.MNT_DETACH) })
	agent = &home{T: t, dir: view, seen: map[string]int{}}
	agent.in = agent.input()
	agent.in.cfg.GuardDir = filepath.Join(state, "guard", "api")
	return writer, agent
}

// TestReadOnlyMount: what can't be linked is copied when it is deleted, survives a restart, and is released.
func TestReadOnlyMount(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w, h := mounted(t, syscall.MS_RDONLY)
	copied(t, w, h)
}

// TestLinkAcrossMounts: the guard's directory is another mount of the same file system, so links fail with EXDEV.
func TestLinkAcrossMounts(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w, h := mounted(t, 0)
	other := t.TempDir()
	h.must(os.Mkdir(h.path(guardDir), 0o700))
	if err := syscall.Mount(other, h.path(guardDir), "", syscall.MS_BIND, ""); err != nil {
		t.Skip("bind mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(h.path(guardDir), syscall.MNT_DETACH) })
	copied(t, w, h)
}

// TestCopyWithoutLinks is the same for those who may not mount, with the error that a foreign owner gets.
func TestCopyWithoutLinks(t *testing.T) {
	h := newHome(t)
	h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard", "api")
	h.in.sys = noLinks{disk{}}
	copied(t, h, h)
}

func copied(t *testing.T, w, h *home) {
	t.Helper()
	sys, guardDir := h.in.sys, h.in.cfg.GuardDir
	w.write(oldest, "")
	slow := h.open(inputs.Options{Pipeline: "api/slow"})
	g := newGuard(h.in)
	w.write("audit.log", "a1\na2\n")
	g.pass()
	slow.next()
	slow.commit()
	w.rotate(backup1)
	g.pass()
	w.write("audit.log", "b1\n")
	w.rotate(backup2)
	g.pass()
	if n := len(h.copies()); n != 0 {
		t.Fatalf("%d copies before anything was deleted", n)
	}
	w.remove(backup1)
	g.pass()
	if n := len(h.copies()); n != 2 { // the deleted one, and the one that is next
		t.Fatalf("%d copies, want 2: %v", n, h.copies())
	}
	w.remove(backup2)
	cursor, err := slow.r.Cursor().MarshalJSON()
	h.must(err)
	h.must(slow.r.Close())
	g.stop()

	h.in = h.input()
	h.in.sys, h.in.cfg.GuardDir = sys, guardDir
	slow = h.open(inputs.Options{Pipeline: "api/slow", Cursor: cursor})
	slow.want("a2", "b1")
	w.write("audit.log", "c1\n")
	slow.want("c1")
	slow.commit()
	h.must(h.in.Run(ended))
	if left := h.copies(); len(left) != 0 {
		t.Errorf("all is committed, but these are left: %v", left)
	}
	if h.seen["guard_failed"] == 0 {
		t.Errorf("guard_failed was not counted: %v", h.seen)
	}
}

// TestCopiesStayWithinTheBudget: the oldest copies make room, and leave a note.
func TestCopiesStayWithinTheBudget(t *testing.T) {
	h := newHome(t)
	h.in.cfg.GuardDir, h.in.cfg.GuardBytes = filepath.Join(t.TempDir(), "guard", "api"), 14
	h.in.sys = noLinks{disk{}}
	h.write(oldest, "")
	slow := h.open(inputs.Options{Pipeline: "api/slow"})
	slow.want()
	g := newGuard(h.in)
	for i, name := range []string{backup1, backup2, backup3} {
		h.write("audit.log", strings.Repeat(string(rune('0'+i)), 6)+"\n")
		g.pass()
		h.rotate(name)
		g.pass()
		h.remove(name)
		g.pass()
	}
	slow.want("gap 0-7", "111111", "222222")
	g.stop()
}
