package file

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/outputs"
)

// pieces remembers what is written, and where.
type pieces struct {
	disk.File
	ends []int64
}

func (p *pieces) WriteAt(b []byte, off int64) (int, error) {
	p.ends = append(p.ends, off+int64(len(b)))
	return p.File.WriteAt(b, off)
}

// TestPiecesEndAtMultiplesOfTheChunk writes batches: each has its last piece end where it ends itself, all others do so at
// multiples.
func TestPiecesEndAtMultiplesOfTheChunk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	o := newOutput(t, Config{Path: path})
	defer o.Close()
	o.chunk = 1 << 10
	if err := o.Open(t.Context(), outputs.Resume{}); err != nil {
		t.Fatal(err)
	}
	all := numbered(t, 120)
	var want []byte
	var written *pieces
	for from := 0; from < len(all); from += 30 {
		if _, err := o.Write(t.Context(), all[from:from+30]); err != nil {
			t.Fatal(err)
		}
		for i := range all[from : from+30] {
			want = append(all[from+i].AppendJSON(want), '\n')
		}
		if written == nil {
			written = &pieces{File: o.active}
			o.active = written
			continue
		}
		last := len(written.ends) - 1
		for _, end := range written.ends[:last] {
			if end%o.chunk != 0 {
				t.Errorf("a piece ends at %d", end)
			}
		}
		if last < 3 || written.ends[last] != int64(len(want)) {
			t.Errorf("pieces end at %v, want the last one at %d", written.ends, len(want))
		}
		written.ends = nil
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes are in the file, want %d: %v", len(got), len(want), err)
	}
}
