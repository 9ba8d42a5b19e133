package redact

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/disk"
)

func TestLocalKey(t *testing.T) {
	dir := t.TempDir()
	first, err := LocalKey(disk.OS{}, dir)
	if err != nil || len(first) != 32 {
		t.Fatalf("got %x, %v", first, err)
	}
	info, err := os.Stat(filepath.Join(dir, "redact.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if again, err := LocalKey(disk.OS{}, dir); err != nil || !bytes.Equal(again, first) {
		t.Errorf("got %x, %v; had %x", again, err, first)
	}
	if other, err := LocalKey(disk.OS{}, t.TempDir()); err != nil || bytes.Equal(other, first) {
		t.Errorf("got %x, %v", other, err)
	}
}

// TestDamagedLocalKey: nobody goes on with another key in silence.
func TestDamagedLocalKey(t *testing.T) {
	for _, content := range []string{"", "\n", strings.Repeat("a", 64), strings.Repeat("g", 64) + "\n", strings.Repeat("a", 63) + "\n", strings.Repeat("a", 65) + "\n"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "redact.key"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if key, err := LocalKey(disk.OS{}, dir); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%q: got %x, %v", content, key, err)
		}
	}
}

func TestReadKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	for content, ok := range map[string]bool{"": false, "short\n": false, "0123456789abcde\n": false, " 0123456789abcdef\n": true} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := ReadKey(file)
		if ok != (err == nil) || ok && string(key) != strings.TrimSpace(content) {
			t.Errorf("%q: got %q, %v", content, key, err)
		}
		if err != nil && content != "" && strings.Contains(err.Error(), strings.TrimSpace(content)) {
			t.Errorf("tells the key: %v", err)
		}
	}
	if _, err := ReadKey(file + ".not"); err == nil {
		t.Error("read a key that is not there")
	}
}
