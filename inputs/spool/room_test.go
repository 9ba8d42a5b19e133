package spool

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
)

func reserve(t *testing.T, l *Log, n int64) *Reservation {
	t.Helper()
	r, err := l.Reserve(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// piece is a record that takes 100 bytes.
func piece(n int) []byte { return fmt.Appendf(nil, "%-99d", n) }

// TestReserve: of two that need the same room one is told so before anything of it is stored, and the other one gets all of its own, whoever
// comes in between.
func TestReserve(t *testing.T) {
	l := newLog(t, Config{MaxBytes: 1000})
	first := reserve(t, l, 500)
	second := reserve(t, l, 400)
	if _, err := l.Reserve(101); !errors.Is(err, ErrFull) {
		t.Errorf("a third one: %v", err)
	}
	if err := l.Append(t.Context(), [][]byte{piece(0), piece(1)}); !errors.Is(err, ErrFull) {
		t.Errorf("what is reserved goes to another: %v", err)
	}
	appendAll(t, l, piece(2))
	for n := range 4 {
		for i, r := range []*Reservation{first, second} {
			if err := r.Append(t.Context(), [][]byte{piece(10*i + n + 10)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Append(t.Context(), [][]byte{piece(3)}); !errors.Is(err, ErrFull) {
		t.Errorf("what is left of a reservation goes to another: %v", err)
	}
	first.Release()
	second.Release()
	appendAll(t, l, piece(3))
	if got := read(t, open(t, l, inputs.Options{})); len(got) != 10 || l.reserved != 0 {
		t.Errorf("%d records, %d bytes are reserved", len(got), l.reserved)
	}
}

// TestReserveMore: no more than half of the budget is reserved, which will be free some time; beyond that there is room or there is none.
func TestReserveMore(t *testing.T) {
	l := newLog(t, Config{MaxBytes: 1000})
	r := reserve(t, l, 1<<40)
	for n := range 10 {
		if err := r.Append(t.Context(), [][]byte{piece(n)}); err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
	}
	if err := r.Append(t.Context(), [][]byte{piece(10)}); !errors.Is(err, ErrFull) {
		t.Errorf("beyond the budget: %v", err)
	}
	r.Release()
	if l.reserved != 0 {
		t.Errorf("%d bytes are reserved", l.reserved)
	}
}

// roomy is a disk with so much free space.
type roomy struct {
	disk.FS
	free int64
}

func (r roomy) Free(string) (int64, error) { return r.free, nil }

// TestReserveMinFree: what is reserved is not free any more.
func TestReserveMinFree(t *testing.T) {
	l := newLog(t, Config{MinFree: 500})
	l.fs = roomy{l.fs, 1000}
	r := reserve(t, l, 450)
	if err := l.Append(t.Context(), [][]byte{piece(0)}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if err := r.Append(t.Context(), [][]byte{piece(0)}); err != nil {
		t.Errorf("who has it reserved got %v", err)
	}
}

// TestNoCopy: a long record is written from where it is, between short ones.
func TestNoCopy(t *testing.T) {
	const long = 16 << 20
	l := newLog(t, Config{})
	appendAll(t, l, piece(0))
	records := [][]byte{piece(1), bytes.Repeat([]byte{'x'}, long), piece(2)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	appendAll(t, l, records...)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
	if got := read(t, open(t, l, inputs.Options{})); len(got) != 4 || got[2] != string(records[1]) || got[3] != string(records[2]) {
		t.Errorf("%d records", len(got))
	}
}
