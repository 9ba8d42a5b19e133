package kubeadm

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadFile: a wrong name costs neither time nor memory.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	fifo, large, plain := filepath.Join(dir, "fifo"), filepath.Join(dir, "large"), filepath.Join(dir, "plain")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, []byte("kind: Pod\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{fifo: "no regular file", "/dev/zero": "no regular file", dir: "no regular file", large: "larger than 10 MiB"} {
		if _, err := ReadFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load of %s: got %v", name, err)
		}
	}
	if text, err := ReadFile(plain); err != nil || string(text) != "kind: Pod\n" {
		t.Errorf("got %q, %v", text, err)
	}
}
