package replay

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// taken is a replay that has taken some letters.
func taken(t *testing.T, records ...string) (*Replay, *checkpoint.Store) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "dead-letters.jsonl")
	var set []deadletter.Letter
	for _, r := range records {
		set = append(set, deadletter.Letter{Time: time.Unix(1, 0), Reason: "mapping", Record: []byte(r)})
	}
	f, books := deadletter.NewFile(disk.OS{}, path, plenty), checkpoint.NewStore(disk.OS{}, dir, slog.New(slog.DiscardHandler))
	r := New(disk.OS{}, path, 0, quiet)
	before := &checkpoint.Checkpoint{Counts: ledger.Counts{Read: 9, Delivered: 6, DeadLettered: 3}, Replayed: 4}
	err := errors.Join(f.Append(set), f.Close(), books.Save(before), r.Take(func(*deadletter.Letter) bool { return true }), r.Begin(books))
	if err != nil {
		t.Fatal(err)
	}
	return r, books
}

func open(t *testing.T, r *Replay, cursor json.RawMessage) inputs.Reader {
	t.Helper()
	reader, err := r.Input().Open(inputs.Options{Cursor: cursor})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return reader
}

func begin(t *testing.T, r *Replay) json.RawMessage {
	t.Helper()
	c, err := r.Store().Load()
	if err != nil {
		t.Fatal(err)
	}
	if at, err := parseCursor(c.Cursor); err != nil || c.Clean || at != (cursor{Replay: 5}) {
		t.Fatalf("the first checkpoint is %+v, at %+v, %v", c, at, err)
	}
	return c.Cursor
}

// Every position can be gone on from, and nothing is left at the end.
func TestCursors(t *testing.T) {
	r, _ := taken(t, "a", "b\xff", "c")
	want := []string{"a", "b\xff", "c"}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // records that are there come all the same
	at := begin(t, r)
	for i := range want {
		reader := open(t, r, at)
		lag := reader.Lag().Bytes
		for j, w := range want[i:] {
			if record, err := reader.Next(ended); err != nil || string(record.Data) != w {
				t.Fatalf("from %d: record %d is %q, %v", i, j, record.Data, err)
			}
			if next := reader.Lag().Bytes; next >= lag {
				t.Errorf("the lag was %d and is %d", lag, next)
			} else {
				lag = next
			}
			if j == 0 {
				var err error
				if at, err = reader.Cursor().MarshalJSON(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := reader.Next(t.Context()); err != io.EOF || lag != 0 {
			t.Errorf("at the end: %v, lag %d", err, lag)
		}
	}
}

// A letter that the disk has damaged is a gap, and hides no other.
func TestDamagedLetter(t *testing.T) {
	r, _ := taken(t, "a", "b", "c")
	content, err := os.ReadFile(r.letters)
	if err != nil {
		t.Fatal(err)
	}
	line := len(content) / 3
	content[line+5] = 0
	if err := os.WriteFile(r.letters, content, 0o600); err != nil {
		t.Fatal(err)
	}
	reader := open(t, r, begin(t, r))
	_, first := reader.Next(t.Context())
	_, second := reader.Next(t.Context())
	record, third := reader.Next(t.Context())
	var gap *inputs.GapError
	if first != nil || !errors.As(second, &gap) || gap.From != int64(line) || gap.To != int64(2*line) || third != nil || string(record.Data) != "c" {
		t.Errorf("got %v, %v, %v and %q", first, second, third, record.Data)
	}
}

func TestOpenRefuses(t *testing.T) {
	r, _ := taken(t, "a")
	for _, cursor := range []string{"", "x", `{"offset":"1"}`} {
		if _, err := r.Input().Open(inputs.Options{Cursor: json.RawMessage(cursor)}); err == nil {
			t.Errorf("opened with the cursor %q", cursor)
		}
	}
	if err := os.Remove(r.letters); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Input().Open(inputs.Options{Cursor: json.RawMessage("{}")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

// The outcome is booked once, however often it is settled; and where the books know of fewer letters than there were, they
// balance all the same.
func TestSettle(t *testing.T) {
	r, books := taken(t, "a")
	outcome := ledger.Counts{Read: 9, Delivered: 4, Filtered: 1, DeadLettered: 3, Duplicate: 2, Unchecked: 1, Trimmed: 1, Gaps: 1, GapBytes: 7}
	gap := ledger.Gap{Reason: "damaged dead letter"}
	for range 2 {
		store := r.Store()
		_, err := store.Load()
		err = errors.Join(err, store.Save(&checkpoint.Checkpoint{Cursor: json.RawMessage(`{"replay":5,"offset":9}`), Counts: outcome, Gaps: []ledger.Gap{gap}}), store.Close())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Settle(books); err != nil || got != outcome {
			t.Fatalf("settled %+v, %v", got, err)
		}
		c, err := books.Load()
		want := ledger.Counts{Read: 11, Delivered: 10, Filtered: 1, Duplicate: 2, Unchecked: 1, Trimmed: 1, Gaps: 1, GapBytes: 7}
		if err != nil || c.Counts != want || c.Counts.InFlight() != 0 || c.Replayed != 5 || len(c.Gaps) != 1 {
			t.Errorf("the books are %+v, %v; want %+v", c, err, want)
		}
	}
	if unfinished, err := r.Unfinished(); unfinished || err != nil {
		t.Errorf("unfinished: %v, %v", unfinished, err)
	}
}
