package trust

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	f, err := Open(path, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	must(t, err)
	return string(text)
}

// Links of ours lead where they lead: absolute, relative to where they stand, through others, and to what is made now.
func TestOwnLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.MkdirAll(at("a/b"), 0o700))
	must(t, os.WriteFile(at("a/target"), []byte("x"), 0o600))
	for link, target := range map[string]string{"absolute": at("a/target"), "a/b/relative": "../target", "second": "a/b/relative", "fresh": "a/fresh"} {
		must(t, os.Symlink(target, at(link)))
	}
	for _, name := range []string{"a/target", "absolute", "a/b/relative", "second"} {
		if got := content(t, at(name)); got != "x" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	f, err := Open(at("fresh"), os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	must(t, f.Close())
	if _, err := os.Stat(at("a/fresh")); err != nil {
		t.Error(err)
	}
	must(t, os.Symlink("loop", at("loop")))
	if _, err := Open(at("loop"), os.O_RDONLY, 0); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a loop: %v", err)
	}
	if _, err := Open(at("missing"), os.O_RDONLY, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
}

func TestLinksOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a link away")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	must(t, os.WriteFile(target, []byte("precious"), 0o600))
	must(t, os.Symlink(target, link))
	must(t, os.Lchown(link, nobody, nobody))
	chain := filepath.Join(dir, "chain") // ours, and it leads to his
	must(t, os.Symlink("link", chain))
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_TRUNC} {
		for _, path := range []string{link, chain} {
			var untrusted *Error
			if f, err := Open(path, flag, 0o600); !errors.As(err, &untrusted) || untrusted.Path != link {
				t.Errorf("%s, flags %x: %v, %v", path, flag, f, err)
			}
		}
	}
	if got := content(t, target); got != "precious" {
		t.Errorf("it holds %q", got)
	}
}

func TestNothingIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	ended := make(chan error, 1)
	go func() {
		f, err := Open(path, os.O_RDONLY, 0)
		if err == nil {
			err = f.Close()
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		must(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for a writer")
	}
}
