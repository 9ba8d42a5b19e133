package file

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/inputs"
)

const nobody = 65534

// bait is a directory outside of the log's, with names in it that the guard would take for its own.
func bait(t *testing.T) (dir string, unharmed func()) {
	t.Helper()
	dir = t.TempDir()
	for i := range 4 {
		for _, name := range []string{linkName("audit.log", uint64(i+1), false), linkName("audit.log", uint64(i+1), false) + lostSuffix} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir, func() {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 8 {
			t.Errorf("%d files outside, want 8; %v", len(entries), err)
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			content, err := os.ReadFile(path)
			info, statErr := os.Lstat(path)
			if err != nil || statErr != nil || string(content) != "precious" || info.Sys().(*syscall.Stat_t).Nlink != 1 {
				t.Errorf("%s holds %q; %v", e.Name(), content, err)
			}
		}
	}
}

// Somebody has made the guard's directory before us. Nothing outside is touched, and what is needed is kept all the same.
func TestGuardDirectoryOfOthers(t *testing.T) {
	for name, plant := range map[string]func(path, outside string) error{
		"a link out":          func(path, outside string) error { return os.Symlink(outside, path) },
		"a relative link out": func(path, outside string) error { return os.Symlink(rel(outside), path) },
		"a link to itself":    func(path, _ string) error { return os.Symlink(guardDir, path) },
		"a dangling link":     func(path, _ string) error { return os.Symlink("nowhere", path) },
		"a link out and on":   func(path, outside string) error { return os.Symlink(outside+"/../"+filepath.Base(outside), path) },
		"a FIFO":              func(path, _ string) error { return syscall.Mkfifo(path, 0o666) },
		"a file":              func(path, _ string) error { return os.WriteFile(path, nil, 0o666) },
		"a directory of all":  func(path, _ string) error { return firstOf(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)) },
		"of another user":     func(path, _ string) error { return firstOf(os.Mkdir(path, 0o700), os.Chown(path, nobody, nobody)) },
	} {
		t.Run(name, func(t *testing.T) {
			if os.Geteuid() != 0 && name == "of another user" {
				t.Skip("only root can give a file away")
			}
			h := newHome(t)
			outside, unharmed := bait(t)
			h.must(plant(h.path(guardDir), outside))
			h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard")
			h.write(oldest, "")
			h.write("audit.log", "a1\n")
			r := h.open(inputs.Options{})
			g := newGuard(h.in)
			defer g.stop()
			g.pass()
			h.rotate(backup1)
			g.pass()
			h.remove(backup1)
			g.pass()
			h.write("audit.log", "b1\n")
			r.want("a1", "b1")
			r.commit()
			g.finish()
			unharmed()
			if h.seen["untrusted"]+h.seen["guard_failed"] == 0 {
				t.Errorf("nothing is told: %v", h.seen)
			}
			if left, _ := filepath.Glob(h.path(guardDir + "/audit*")); len(left) > 0 && !strings.Contains(name, "link") {
				t.Errorf("used all the same: %v", left)
			}
		})
	}
}

func rel(path string) string { return strings.Repeat("../", 20) + path[1:] }

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The guard's directory is exchanged for a link between a check and what follows it.
func TestNothingLeadsOutOfTheGuard(t *testing.T) {
	h := newHome(t)
	outside, unharmed := bait(t)
	h.write("audit.log", "a1\n")
	h.must(os.Symlink(outside, h.path(guardDir)))
	in := func(i int) string { return h.path(guardDir + "/" + linkName("audit.log", uint64(i), false)) }
	var d disk
	if _, err := d.Names(h.path(guardDir)); err == nil {
		t.Error("listed what is outside")
	}
	if _, err := d.Open(in(1)); err == nil {
		t.Error("opened what is outside")
	}
	if d.Remove(in(1)) == nil || d.Write(in(2)+lostSuffix, []byte("{}")) == nil || d.Link(h.path("audit.log"), in(9)) == nil || d.Mkdir(h.path(guardDir)) == nil {
		t.Error("changed what is outside")
	}
	unharmed()
}

// Somebody exchanges the guard's directory for a link, and back, all the time. However that falls together with what the
// guard does, nothing outside is touched.
func TestGuardUnderAttack(t *testing.T) {
	h := newHome(t)
	outside, unharmed := bait(t)
	h.in.cfg.GuardDir = filepath.Join(t.TempDir(), "guard")
	h.write(oldest, "")
	r := h.open(inputs.Options{})
	g := newGuard(h.in)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() { stopped <- exchange(h.path(guardDir), outside, stop) }()
	const rotations = 40
	for i := range rotations {
		h.write("audit.log", fmt.Sprintf("line %d\n", i))
		g.pass()
		name := fmt.Sprintf("audit-2021-01-01T00-00-00.%03d.log", i)
		h.rotate(name)
		g.pass()
		r.all() // whatever it is: links can be taken away, so that there are gaps
		r.commit()
		h.remove(name)
	}
	close(stop)
	t.Logf("exchanged %d times while %d files were rotated", <-stopped, rotations)
	g.pass()
	g.finish()
	g.stop()
	unharmed()
}

// exchange puts a link in the place of a directory, and the directory back, until it is told to stop.
func exchange(dir, outside string, stop chan struct{}) (times int) {
	for ; ; times++ {
		select {
		case <-stop:
			return times
		default:
			os.Rename(dir, dir+".away")
			os.Symlink(outside, dir)
			runtime.Gosched()
			os.Remove(dir)
			os.Rename(dir+".away", dir)
		}
	}
}

// A log or a backup that is a link of another user's could lead to anything that root can read.
func TestSymlinkOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a link away")
	}
	h := newHome(t)
	outside := filepath.Join(t.TempDir(), "shadow")
	h.must(os.WriteFile(outside, []byte("secret\n"), 0o600))
	h.must(os.Symlink(outside, h.path("audit.log")))
	h.must(os.Lchown(h.path("audit.log"), nobody, nobody))
	h.must(os.Symlink(outside, h.path(backup1)))
	h.write(backup2, "a1\n")
	r := h.open(inputs.Options{})
	if got := r.all(); len(got) != 2 || got[0] != "a1" || !strings.Contains(got[1], "another user (65534)") {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("untrusted")
	r.wantSeen("not_regular")
	h.must(os.Lchown(h.path("audit.log"), 0, 0))
	r.want("secret")
}

// What stands in the log's place is never waited for, and named.
func TestNoLog(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"too many":            func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"it is a directory":   func(path string) error { return os.Mkdir(path, 0o700) },
		"it is a named pipe":  func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"it is a socket":      func(path string) error { return listen(t, path) },
		"it is a device":      func(path string) error { return os.Symlink("/dev/zero", path) },
		"it is a directory, ": func(path string) error { return os.Symlink("/", path) },
	} {
		h := newHome(t)
		h.must(make(h.path("audit.log")))
		h.write(backup1, "a1\n")
		r := h.open(inputs.Options{})
		if got := r.all(); len(got) != 2 || got[0] != "a1" || !strings.Contains(got[1], strings.TrimSuffix(name, " ")) {
			t.Errorf("%s: got %q", name, got)
		}
		h.remove("audit.log")
		h.write("audit.log", "b1\n")
		r.want("b1")
	}
}

func listen(t *testing.T, path string) error {
	l, err := net.Listen("unix", path)
	if err == nil {
		t.Cleanup(func() { l.Close() })
		l.(*net.UnixListener).SetUnlinkOnClose(false)
	}
	return err
}

// Names that only look like backups are passed over, whatever is in them.
func TestStrangeNames(t *testing.T) {
	h := newHome(t)
	for i, name := range []string{
		"audit-2020-01-01T00-00-00.000.log\n", "audit-2020-01-01T00-00-00.000\x1b[2J.log", "audit.log.1\n", "audit.log.\u202e1",
		"audit.log-20200101\r", "audit-" + strings.Repeat("2", 200) + ".log", "audit.log." + strings.Repeat("9", 240), "-rf", "audit.log.1.gz.gz",
	} {
		h.write(name, fmt.Sprintf("planted %d\n", i))
	}
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	h.open(inputs.Options{}).want("a1", "b1")
}
