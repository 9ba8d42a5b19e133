package terminal

import (
	"bytes"
	"os"
	"testing"
)

func TestIsTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if IsTerminal(&bytes.Buffer{}) {
		t.Error("a buffer counts as a terminal")
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if IsTerminal(file) {
		t.Error("a file counts as a terminal")
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if !IsTerminal(null) { // a character device, as terminals are
		t.Error("a character device does not count")
	}
	t.Setenv("NO_COLOR", "1")
	if IsTerminal(null) {
		t.Error("NO_COLOR does not count")
	}
}
