package checkpoint

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s := NewStore(disk.OS{}, dir, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { s.Close() })
	return s
}

func sample(n int) *Checkpoint {
	return &Checkpoint{
		Input: "apiserver", Output: "search", Cursor: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
		State: []byte{0, 1, byte(n)}, Pending: n, Counts: ledger.Counts{Read: uint64(n)},
	}
}

func load(t *testing.T, dir string) int {
	t.Helper()
	c, err := open(t, dir).Load()
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return 0
	}
	var compact strings.Builder
	for _, r := range string(c.Cursor) {
		if r != ' ' && r != '\n' {
			compact.WriteRune(r)
		}
	}
	if want := fmt.Sprintf(`{"n":%d}`, c.Pending); compact.String() != want || c.Counts.Read != uint64(c.Pending) || c.State[2] != byte(c.Pending) {
		t.Fatalf("mixed checkpoint: %+v", c)
	}
	return c.Pending
}

func TestNewestWins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pipelines", "a")
	if got := load(t, dir); got != 0 {
		t.Fatalf("a new directory holds checkpoint %d", got)
	}
	s := open(t, dir)
	for n := 1; n <= 5; n++ {
		if err := s.Save(sample(n)); err != nil {
			t.Fatal(err)
		}
		if got := load(t, dir); got != n {
			t.Fatalf("loaded %d after saving %d", got, n)
		}
	}
	again := open(t, dir) // goes on behind the generation that it finds
	if _, err := again.Load(); err != nil {
		t.Fatal(err)
	}
	if err := again.Save(sample(6)); err != nil {
		t.Fatal(err)
	}
	if got := load(t, dir); got != 6 {
		t.Fatalf("loaded %d, want 6", got)
	}
}

// Whatever a torn write leaves of the newest slot, the one before it stands.
func TestTornNewestFallsBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for n := 1; n <= 4; n++ {
		if err := s.Save(sample(n)); err != nil {
			t.Fatal(err)
		}
	}
	newest := filepath.Join(dir, "checkpoint.a") // generation 4
	whole, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	end := strings.LastIndexByte(string(whole), '}')
	for cut := 0; cut <= end; cut++ {
		write(t, newest, whole[:cut])
		if got := load(t, dir); got != 3 {
			t.Fatalf("cut at %d: loaded %d, want 3", cut, got)
		}
	}
	for at := range whole[:end] {
		if at < len(magic) {
			continue
		}
		flipped := append([]byte(nil), whole...)
		flipped[at] ^= 1
		write(t, newest, flipped)
		if got := load(t, dir); got != 3 {
			t.Fatalf("bit flipped at %d: loaded %d, want 3", at, got)
		}
	}
}

func TestBothDamagedIsAnError(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for n := 1; n <= 2; n++ {
		if err := s.Save(sample(n)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "checkpoint.a"), []byte("x"))
	write(t, filepath.Join(dir, "checkpoint.b"), nil)
	if c, err := open(t, dir).Load(); err == nil || !strings.Contains(err.Error(), "both checkpoints are damaged") {
		t.Fatalf("got %v, %v", c, err)
	}
}

func TestTornFirstSaveIsNone(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "checkpoint.b"), []byte(magic+" gener"))
	if got := load(t, dir); got != 0 {
		t.Fatalf("loaded %d from a torn first save", got)
	}
}

func TestShorterOverLonger(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	long := sample(1)
	long.State = make([]byte, 100_000)
	for _, c := range []*Checkpoint{long, long, sample(3), sample(4)} {
		if err := s.Save(c); err != nil {
			t.Fatal(err)
		}
	}
	if got := load(t, dir); got != 4 {
		t.Fatalf("loaded %d, want 4", got)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
