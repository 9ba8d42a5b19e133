package pipeline

import (
	"context"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/inputs"
)

// endless reads the same records again and again, without memory of its own.
type endless struct {
	inputs.Reader
	lines [][]byte
	at    int
}

func (e *endless) Next(context.Context) (inputs.Record, error) {
	e.at++
	return inputs.Record{Data: e.lines[e.at%len(e.lines)]}, nil
}

func (e *endless) Cursor() inputs.Cursor { return position(e.at) }

// newEndless is a collector that never has to wait.
func newEndless(t testing.TB) (c *collector, r *endless) {
	b := newBench(t)
	b.cfg.MaxEvents = 1000
	p := b.open()
	t.Cleanup(p.Close)
	r = &endless{Reader: p.reader}
	for _, line := range lines(t, 200) {
		r.lines = append(r.lines, []byte(line))
	}
	p.reader = r
	return newCollector(p, 1), r
}

func TestNoAllocationPerRecord(t *testing.T) {
	c, r := newEndless(t)
	const runs = 20
	perBatch := testing.AllocsPerRun(runs, func() {
		batch := <-c.free
		c.fill(t.Context(), batch)
		c.recycle(batch)
	})
	if records := r.at / (runs + 1); perBatch > 20 || records < 200 {
		t.Errorf("%v allocations for a batch of %d records", perBatch, records)
	}
}

// Where bodies are stripped a batch holds more than it ships: it is full when its arena is.
func TestAnArenaIsFull(t *testing.T) {
	c, r := newEndless(t)
	c.MaxBytes, c.MaxEvents = 256<<10, 4000
	stripping, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.Metadata})
	if err != nil {
		t.Fatal(err)
	}
	c.Exchange(stripping)
	for i, line := range r.lines {
		r.lines[i] = []byte(strings.Replace(string(line), `"requestReceivedTimestamp"`, `"responseObject":"`+strings.Repeat("x", 8<<10)+`","requestReceivedTimestamp"`, 1))
	}
	b := &batch{}
	for range 3 {
		c.fill(t.Context(), b)
		if stripped := b.arena.used > 2*b.bytes; !stripped || b.arena.spent() > c.MaxBytes+16<<10 {
			t.Errorf("%d bytes to ship in an arena of %d", b.bytes, b.arena.spent())
		}
		b.reset()
	}
}

// BenchmarkCollect is all that happens to a record before its delivery.
func BenchmarkCollect(b *testing.B) {
	c, r := newEndless(b)
	size := 0
	for _, line := range r.lines {
		size += len(line)
	}
	b.SetBytes(int64(size / len(r.lines)))
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; {
		batch := <-c.free
		c.fill(b.Context(), batch)
		n += int(batch.counts.Read)
		c.recycle(batch)
	}
}
