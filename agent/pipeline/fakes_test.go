package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// log is an input in memory: a cursor is a number of records.
type log struct {
	mu      sync.Mutex
	records []inputs.Record
	errors  map[int]error // told once, before the record of that number
	more    chan struct{}
	commits []int
	hidden  bool          // nothing can be read, which is told once
	slow    time.Duration // what reading a record takes
	broken  error         // what every Next returns
	last    int           // the newest record that was read
	waits   int           // how often a reader had to wait for a record
}

type position int

func (p position) MarshalJSON() ([]byte, error) { return json.Marshal(int(p)) }

func newLog(lines ...string) *log {
	l := &log{errors: map[int]error{}, more: make(chan struct{})}
	l.append(lines...)
	return l
}

func (l *log) append(lines ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range lines {
		l.records = append(l.records, inputs.Record{Data: []byte(line)})
	}
	close(l.more)
	l.more = make(chan struct{})
}

func (l *log) Open(o inputs.Options) (inputs.Reader, error) {
	r := &logReader{log: l, once: o.Once}
	if o.Cursor != nil {
		if err := json.Unmarshal(o.Cursor, &r.at); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (l *log) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (l *log) Forget(string) {}

// at is how many records were read.
func (l *log) at() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// forget frees what the records hold.
func (l *log) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.records {
		l.records[i].Data = nil
	}
}

type logReader struct {
	log  *log
	at   int
	once bool
	told bool
}

func (r *logReader) Next(ctx context.Context) (inputs.Record, error) {
	for {
		r.log.mu.Lock()
		more := r.log.more
		if err, there := r.log.errors[r.at]; there {
			delete(r.log.errors, r.at)
			r.log.mu.Unlock()
			return inputs.Record{}, err
		}
		if err := r.log.broken; err != nil {
			r.log.mu.Unlock()
			return inputs.Record{}, err
		}
		if r.log.hidden && !r.told {
			r.told = true
			r.log.mu.Unlock()
			return inputs.Record{}, errors.New("permission denied")
		}
		if r.at < len(r.log.records) && !r.log.hidden {
			record := r.log.records[r.at]
			record.Data = slices.Clone(record.Data)
			r.at++
			slow := r.log.slow
			r.log.last = r.at
			r.log.mu.Unlock()
			time.Sleep(slow)
			return record, nil
		}
		if ctx.Err() == nil {
			r.log.waits++
		}
		r.log.mu.Unlock()
		if r.once {
			return inputs.Record{}, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return inputs.Record{}, ctx.Err()
		}
	}
}

func (r *logReader) Cursor() inputs.Cursor { return position(r.at) }

func (r *logReader) Commit(c inputs.Cursor) {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.log.commits = append(r.log.commits, int(c.(position)))
}

func (r *logReader) Lag() inputs.Lag { return inputs.Lag{SecondsUntilLoss: math.Inf(1)} }
func (r *logReader) Close() error    { return nil }

// store is an output in memory that shows each event once.
type store struct {
	mu      sync.Mutex
	writes  int
	shown   map[event.ID]int
	batches [][]event.ID
	resume  outputs.Resume
	side    int // writes side by side

	unchecked int // with each Ack

	// write, if set, is asked before each Write; a non-nil error is returned, and accepted says which events still count.
	write func(ctx context.Context, n int, events []event.Event) error
}

func (s *store) Open(_ context.Context, r outputs.Resume) error { s.resume = r; return nil }
func (s *store) Close() error                                   { return nil }
func (s *store) Traits() outputs.Traits {
	return outputs.Traits{Writes: max(1, s.side), MaxEventBytes: 16 << 20}
}

func (s *store) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	s.mu.Lock()
	s.writes++
	n := s.writes
	s.mu.Unlock()
	var err error
	if s.write != nil {
		err = s.write(ctx, n, events)
	}
	partial, isPartial := err.(*outputs.PartialError)
	if err != nil && !isPartial {
		return outputs.Ack{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []event.ID
	duplicates := 0
	for i := range events {
		if isPartial && slices.ContainsFunc(partial.Failures, func(f outputs.Failure) bool { return f.Index == i }) {
			continue
		}
		batch = append(batch, events[i].ID)
		if s.shown[events[i].ID]++; s.shown[events[i].ID] > 1 {
			duplicates++
		}
	}
	s.batches = append(s.batches, batch)
	return outputs.Ack{State: fmt.Appendf(nil, "%d", n), Duplicates: duplicates, Unchecked: s.unchecked}, err
}

func newStore() *store { return &store{shown: map[event.ID]int{}} }

// bench is where pipelines are tried: a log, a destination, and a directory that survives crashes.
type bench struct {
	t   testing.TB
	log *log
	out *store
	dir string
	cfg Config

	quiet *slog.Logger
}

func newBench(t testing.TB, lines ...string) *bench {
	return &bench{t: t, log: newLog(lines...), out: newStore(), dir: t.TempDir(), quiet: slog.New(slog.DiscardHandler), cfg: Config{
		InputName: "in", OutputName: "out", Once: true, MaxBytes: 1 << 20, MaxEvents: 10, Linger: 200 * time.Millisecond,
		MaxEventBytes: 16 << 20, StopWithin: 10 * time.Second,
	}}
}

func (b *bench) letters() []deadletter.Letter {
	b.t.Helper()
	var all []deadletter.Letter
	if err := deadletter.Read(disk.OS{}, filepath.Join(b.dir, "dead"), func(l deadletter.Letter) bool { all = append(all, l); return true }); err != nil {
		b.t.Fatal(err)
	}
	return all
}

func (b *bench) parts() Parts {
	b.t.Helper()
	none, err := rules.Compile(rules.List{Name: "policy", NoMatch: rules.RequestResponse})
	if err != nil {
		b.t.Fatal(err)
	}
	return Parts{
		Input: b.log, Output: b.out, Rules: none, Enricher: enrich.New(enrich.Config{Cluster: "c", Node: "n"}), Store: checkpoint.NewStore(disk.OS{}, b.dir, b.quiet),
		DeadLetters: deadletter.NewFile(disk.OS{}, filepath.Join(b.dir, "dead"), deadletter.Limits{MaxBytes: 1 << 30}),
		Gate:        NewGate(), Metrics: ledger.NewMetrics(), Log: b.quiet,
	}
}

func (b *bench) open() *Pipeline {
	b.t.Helper()
	p := New(b.cfg, b.parts())
	if err := p.Open(); err != nil {
		b.t.Fatal(err)
	}
	return p
}

// run opens and runs a pipeline to its end.
func (b *bench) run() ledger.Snapshot {
	b.t.Helper()
	p := b.open()
	if err := p.Run(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.balanced(p)
}

func (b *bench) balanced(p *Pipeline) ledger.Snapshot {
	b.t.Helper()
	s := p.Ledger().Snapshot()
	if s.InFlight() != 0 || s.BytesInFlight != 0 {
		b.t.Errorf("%d events, %d bytes in flight at the end: %+v", s.InFlight(), s.BytesInFlight, s.Counts)
	}
	return s
}

func (b *bench) checkpoint() *checkpoint.Checkpoint {
	b.t.Helper()
	s := checkpoint.NewStore(disk.OS{}, b.dir, slog.New(slog.DiscardHandler))
	defer s.Close()
	c, err := s.Load()
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// each wants each of the lines to be shown, the given number of times.
func (b *bench) each(lines []string, times int) {
	b.t.Helper()
	for i, line := range lines {
		if got := b.out.shown[event.Sum([]byte(line))]; got != times {
			b.t.Fatalf("line %d was accepted %d times, want %d", i, got, times)
		}
	}
}

// lines are n different events, made from real ones.
func lines(t testing.TB, n int) []string {
	t.Helper()
	content, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	real := strings.Split(strings.TrimSpace(string(content)), "\n")
	real = slices.DeleteFunc(real, func(line string) bool { return len(line) > 3000 })
	all := make([]string, n)
	for i := range all {
		all[i] = strings.Replace(real[i%len(real)], `"auditID":"`, fmt.Sprintf(`"auditID":"%d-`, i), 1)
	}
	return all
}
