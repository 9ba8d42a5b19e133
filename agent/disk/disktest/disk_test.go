package disktest

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/disk"
)

// outcomes collects what a file may hold after a workload and a restart.
func outcomes(t *testing.T, how How, workload func(*Disk, disk.File)) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for seed := range uint64(400) {
		d := New(seed)
		if err := Write(d.Admin(), "/f", []byte("old old ")); err != nil {
			t.Fatal(err)
		}
		f, err := d.Mount().OpenFile("/f", os.O_RDWR, 0)
		if err = errors.Join(err, f.Sync(), d.Admin().SyncDir("/")); err != nil {
			t.Fatal(err)
		}
		workload(d, f)
		d.Restart(how)
		content, err := Read(d.Admin(), "/f")
		if err != nil {
			t.Fatal(err)
		}
		seen[string(content)] = true
	}
	return seen
}

func expect(t *testing.T, seen map[string]bool, want ...string) {
	t.Helper()
	for _, w := range want {
		if !seen[w] {
			t.Errorf("%q never came about; of %d outcomes", w, len(seen))
		}
	}
}

func TestPowerLossTearsWhatWasNotSynced(t *testing.T) {
	seen := outcomes(t, PowerLoss, func(_ *Disk, f disk.File) { f.WriteAt([]byte("new new new"), 4) })
	expect(t, seen, "old old ", "old new new new", "old new ", "old old \x00\x00\x00\x00\x00\x00\x00")
	for content := range seen {
		if !strings.HasPrefix(content, "old ") {
			t.Errorf("what was synced is damaged: %q", content)
		}
	}
}

func TestSyncedOrKilledStays(t *testing.T) {
	change := func(_ *Disk, f disk.File) { f.WriteAt([]byte("new"), 8); f.Truncate(10) }
	synced := outcomes(t, PowerLoss, func(d *Disk, f disk.File) { change(d, f); f.Sync() })
	killed := outcomes(t, Kill, change)
	for _, seen := range []map[string]bool{synced, killed} {
		if expect(t, seen, "old old ne"); len(seen) != 1 {
			t.Errorf("outcomes: %v", seen)
		}
	}
}

// A sync that fails drops writes; the next one succeeds and knows nothing of them.
func TestFailedSyncCallsLostPagesClean(t *testing.T) {
	fails := func(d *Disk, f disk.File) {
		d.FailWith(func(c Call) error {
			if c.Op == "sync" {
				return syscall.EIO
			}
			return nil
		})
		f.WriteAt([]byte("new"), 8)
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatalf("sync: %v", err)
		}
		d.FailWith(nil)
		if err := f.Sync(); err != nil {
			t.Fatalf("the second sync: %v", err)
		}
	}
	expect(t, outcomes(t, Kill, fails), "old old new", "old old \x00\x00\x00")
	expect(t, outcomes(t, PowerLoss, fails), "old old new", "old old ", "old old \x00\x00\x00")
}

func TestFailedWriteIsPartial(t *testing.T) {
	expect(t, outcomes(t, Kill, func(d *Disk, f disk.File) {
		d.FailWith(func(Call) error { return syscall.ENOSPC })
		if n, err := f.WriteAt([]byte("new"), 8); n == 3 && err == nil {
			t.Fatal("the write did not fail")
		}
	}), "old old ", "old old n", "old old new")
}

// Each of the moves in a directory is kept or lost on its own until the directory is synced.
func TestMovesAreKeptOrLost(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		d := New(seed)
		fs := d.Mount()
		err := errors.Join(fs.MkdirAll("/a", 0o700), fs.SyncDir("/"), Write(fs, "/a/kept", nil), Write(fs, "/a/gone", nil), fs.SyncDir("/a"),
			fs.Rename("/a/kept", "/a/moved"), fs.Remove("/a/gone"), Write(fs, "/a/new", nil))
		if err != nil {
			t.Fatal(err)
		}
		d.Restart(PowerLoss)
		entries, err := d.Admin().ReadDir("/a")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		seen[strings.Join(names, " ")] = true
	}
	expect(t, seen, "gone kept", "moved new", "kept", "gone moved new", "gone kept new", "kept new", "moved", "gone moved")
}

func TestStopEndsTheProcess(t *testing.T) {
	d := New(1)
	fs := d.Mount()
	f, err := fs.OpenFile("/lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err = errors.Join(err, f.Lock()); err != nil {
		t.Fatal(err)
	}
	other, err := fs.OpenFile("/lock", os.O_RDWR, 0)
	if err != nil || !errors.Is(other.Lock(), syscall.EWOULDBLOCK) {
		t.Fatalf("a lock is given twice, %v", err)
	}
	d.StopAt(d.Calls() + 1)
	if _, err := fs.Stat("/lock"); !errors.Is(err, ErrStopped) {
		t.Fatalf("stat: %v", err)
	}
	<-d.Stopped()
	if err := f.Sync(); !errors.Is(err, ErrStopped) {
		t.Fatalf("sync: %v", err)
	}
	d.Restart(Kill)
	if err := f.Sync(); !errors.Is(err, ErrStopped) {
		t.Fatalf("a dead process synced: %v", err)
	}
	again, err := d.Mount().OpenFile("/lock", os.O_RDWR, 0)
	if err = errors.Join(err, again.Lock()); err != nil {
		t.Fatalf("the lock of a dead process holds: %v", err)
	}
}

// What a removed file holds is still there for whoever has it open.
func TestRemovedButOpen(t *testing.T) {
	d := New(1)
	fs := d.Mount()
	f, err := fs.OpenFile("/f", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write([]byte("text"))
	if err = errors.Join(err, fs.Remove("/f")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, []byte("text")) {
		t.Fatalf("%q, %v", got, err)
	}
	if held, err := disk.Holds(fs, "/f", f); held || err != nil {
		t.Fatalf("held %v, %v", held, err)
	}
	if err := Write(fs, "/f", nil); err != nil {
		t.Fatal(err)
	}
	if held, err := disk.Holds(fs, "/f", f); held || err != nil {
		t.Fatalf("another file passes for it: %v, %v", held, err)
	}
}
