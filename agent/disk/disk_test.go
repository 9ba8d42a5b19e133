package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "f")
	if err := MakeDir(OS{}, filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := OS{}.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	holds := func(want bool) {
		t.Helper()
		if got, err := Holds(OS{}, path, f); got != want || err != nil {
			t.Errorf("Holds: %v, %v; want %v", got, err, want)
		}
	}
	holds(true)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	holds(false)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(false)
}

func TestRewriteChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OS{}.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, from := range []int64{0, 7, 600_000, int64(len(content))} {
		if err := Rewrite(f, from, int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
}

// A FIFO can't be synced, and only the kernel knows.
func TestSyncReachesTheKernel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (osFile{f}).Sync(); !errors.Is(err, unix.EINVAL) {
		t.Errorf("sync of a FIFO: %v, want %v", err, unix.EINVAL)
	}
}

func TestLockIsExclusive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var files [2]File
	for i := range files {
		f, err := OS{}.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	if err := files[0].Lock(); err != nil {
		t.Fatal(err)
	}
	if files[1].Lock() == nil {
		t.Fatal("the lock is given twice")
	}
	files[0].Close()
	if err := files[1].Lock(); err != nil {
		t.Fatal(err)
	}
}
