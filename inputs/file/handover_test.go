package file

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/auditship/auditship/agent/buffers"
	"github.com/auditship/auditship/inputs"
)

// TestHandOver: the buffer of a long line that was handed over is not the reader's any more, and it reads on where it was.
func TestHandOver(t *testing.T) {
	h := newHome(t)
	a, b, c := strings.Repeat("a", 2*blockSize), strings.Repeat("b", 3*blockSize), strings.Repeat("c", largeLine)
	h.write("audit.log", "first\n"+a+"\nsecond\n"+b+"\n"+a+"\x00\x00rest\n"+c+"\n"+b+"\nlast\n")
	tap := h.open(inputs.Options{})
	next := func() inputs.Record {
		t.Helper()
		record, err := tap.r.Next(ended)
		h.must(err)
		return record
	}
	var kept [][]byte
	for i, step := range []struct {
		want  string
		given bool
	}{{"first", false}, {a, true}, {"second", false}, {b, true}, {a, false}, {"rest", true}, {c, false}, {b, true}} {
		record := next()
		if string(record.Data) != step.want {
			t.Fatalf("record %d has %d bytes, want %d", i, len(record.Data), len(step.want))
		}
		if given := tap.r.HandOver(); given != step.given {
			t.Errorf("record %d: handed over: %t", i, given)
		} else if given && len(record.Data) > blockSize {
			kept = append(kept, record.Data)
		}
	}
	tap.want("last")
	for i, want := range []string{a, b, b} {
		if string(kept[i]) != want {
			t.Errorf("the %d. line that was handed over has been overwritten", i)
		}
		if n := cap(kept[i]); n != buffers.Large && n != buffers.Medium {
			t.Errorf("it can't be given back: %d bytes", n)
		}
		for _, other := range kept[:i] {
			if unsafe.SliceData(other) == unsafe.SliceData(kept[i]) {
				t.Error("a buffer was handed over twice")
			}
		}
	}
}
