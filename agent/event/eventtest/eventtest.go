// Package eventtest has what tests of packages that read events share: how an event is decoded, how the lines of a fixture are read, and
// golden files, which are written by the flag -update.
package eventtest

import (
	"bytes"
	"flag"
	"iter"
	"os"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

var update = flag.Bool("update", false, "write the golden files")

// Decode makes an event of a record.
func Decode(t testing.TB, record string) *event.Event {
	t.Helper()
	var e event.Event
	if err := new(event.Decoder).Decode([]byte(record), &e); err != nil {
		t.Fatalf("decode %s: %v", record, err)
	}
	return &e
}

// Events are those of the lines of a file.
func Events(t testing.TB, path string) iter.Seq[*event.Event] {
	t.Helper()
	lines, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(*event.Event) bool) {
		for line := range bytes.Lines(lines) {
			if !yield(Decode(t, string(bytes.TrimRight(line, "\n")))) {
				return
			}
		}
	}
}

// Golden fails unless a file holds what is to be shown. With -update it writes the file first.
func Golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("differs from %s (write it with -update), %v:\n%s", path, err, got)
	}
}
