package deadletter

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
)

var plenty = Limits{MaxBytes: 1 << 20}

func letters(records ...string) []Letter {
	var out []Letter
	for _, r := range records {
		out = append(out, Letter{Time: time.Unix(1, 0).UTC(), Reason: "invalid_json", Record: []byte(r)})
	}
	return out
}

func records(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	if err := Read(disk.OS{}, path, func(l Letter) bool { out = append(out, string(l.Record)); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, path string, want ...string) {
	t.Helper()
	if got := records(t, path); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("letters %q, want %q", got, want)
	}
}

func TestAppendKeepsEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p", "dead-letters.jsonl")
	f := NewFile(disk.OS{}, path, plenty)
	defer f.Close()
	if err := f.Append(letters(`{"a":"<&>\u2028 "`, "\xff\x00 not UTF-8", "")); err != nil {
		t.Fatal(err)
	}
	same(t, path, `{"a":"<&>\u2028 "`, "\xff\x00 not UTF-8", "")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// A reload may leave a pipeline more or less of the disk.
func TestLimitsChange(t *testing.T) {
	f := NewFile(disk.OS{}, filepath.Join(t.TempDir(), "dead-letters.jsonl"), Limits{MaxBytes: 1})
	defer f.Close()
	if err := f.Append(letters("a")); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	f.Limit(plenty)
	if err := f.Append(letters("a")); err != nil {
		t.Error(err)
	}
}

func TestRepeatsAreStoredOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	for range 3 { // as after crashes
		f := NewFile(disk.OS{}, path, plenty)
		if err := f.Append(letters("a", "b", "a")); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	same(t, path, "a", "b")
}

func TestTornLastLineIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	f := NewFile(disk.OS{}, path, plenty)
	if err := f.Append(letters("a", "b")); err != nil {
		t.Fatal(err)
	}
	f.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		f := NewFile(disk.OS{}, path, plenty)
		if err := f.Append(letters("a", "b")); err != nil {
			t.Fatal(err)
		}
		f.Close()
		same(t, path, "a", "b")
	}
}

func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead-letters.jsonl")
	f := NewFile(disk.OS{}, path, Limits{MaxBytes: 300})
	defer f.Close()
	if err := f.Append(letters("a")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Append(letters(strings.Repeat("b", 300))); !errors.Is(err, ErrFull) {
			t.Fatalf("got %v, want ErrFull", err)
		}
	}
	if err := NewFile(disk.OS{}, path, Limits{MaxBytes: 1 << 20, MinFree: 1 << 62}).Append(letters("c")); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	same(t, path, "a")
}
