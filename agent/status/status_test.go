package status

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

var quiet = slog.New(slog.DiscardHandler)

// One damaged pipeline, or a file that does not belong there, hides no other.
func TestStoredShowsWhatCanBeRead(t *testing.T) {
	dir := t.TempDir()
	if all, err := Stored(disk.OS{}, dir, quiet); len(all) != 0 || err != nil {
		t.Errorf("a new directory: %v, %v", all, err)
	}
	for _, name := range []string{"in--bad", "in--good"} {
		store := checkpoint.NewStore(disk.OS{}, PipelineDir(dir, name), quiet)
		for range 2 {
			if err := store.Save(&checkpoint.Checkpoint{Input: "in", Output: "good", Cursor: json.RawMessage("1")}); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"stray", "in--bad/checkpoint.a", "in--bad/checkpoint.b"} {
		if err := os.WriteFile(filepath.Join(PipelineDir(dir, ""), file), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := Stored(disk.OS{}, dir, quiet)
	if len(all) != 1 || all["in--good"] == nil || err == nil || !strings.Contains(err.Error(), "in--bad") {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestWriteAndRead(t *testing.T) {
	s := ledger.Snapshot{Counts: ledger.Counts{Read: 9, Delivered: 4, Unchecked: 1}, BytesInFlight: 100, RecentGaps: []ledger.Gap{{File: "a", From: 1, To: -1}}}
	s.Blocked, s.Waiting = "forbidden", time.Now().Add(-time.Minute)
	running := Of("in", "out", s, inputs.Lag{Bytes: 50, SecondsUntilLoss: math.Inf(1)})
	if running.InFlight != 5 || *running.LagBytes != 150 || *running.LagSeconds < 60 || running.SecondsUntilLoss != nil {
		t.Errorf("got %+v", running)
	}
	stopped := FromCheckpoint(&checkpoint.Checkpoint{Input: "in", Output: "b", Counts: ledger.Counts{Read: 3, Filtered: 3}})
	var text bytes.Buffer
	want := []Pipeline{running, stopped}
	if err := Write(&text, want); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(&text); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v, want %+v", got, err, want)
	}
	if _, err := Read(strings.NewReader("404 page not found")); err == nil {
		t.Error("what is no status was read")
	}
}
