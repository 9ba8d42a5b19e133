package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/inputtest"
)

func newLog(t *testing.T, cfg Config) *Log {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "spool", "in")
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 30
	}
	l := New(cfg, disk.OS{}, quiet(), func(anomaly string) { t.Errorf("anomaly %s", anomaly) })
	t.Cleanup(func() { l.close() })
	return l
}

func appendAll(t *testing.T, l *Log, records ...[]byte) {
	t.Helper()
	if err := l.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, l *Log, o inputs.Options) inputs.Reader {
	t.Helper()
	if o.Pipeline == "" {
		o.Pipeline = "in/out"
	}
	r, err := l.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// read takes what there is.
func read(t *testing.T, r inputs.Reader) (all []string) {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		rec, err := r.Next(ended)
		if errors.Is(err, context.Canceled) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Torn != "" {
			t.Fatalf("torn: %.60q %s", rec.Data, rec.Torn)
		}
		all = append(all, string(rec.Data))
	}
}

func TestConformance(t *testing.T) {
	inputtest.Run(t, inputtest.Harness{New: func(t *testing.T, records [][]byte) (inputs.Input, func([][]byte)) {
		l := newLog(t, Config{SegmentBytes: 20_000})
		add := func(records [][]byte) { appendAll(t, l, records...) }
		if len(records) > 0 {
			add(records)
		}
		return l, add
	}})
}

// TestManySenders: what many send at the same time is stored once each, in few writes, whole requests in one piece.
func TestManySenders(t *testing.T) {
	l := newLog(t, Config{SegmentBytes: 4096})
	r := open(t, l, inputs.Options{})
	var senders sync.WaitGroup
	for s := range 20 {
		senders.Go(func() {
			for n := range 10 {
				some := [][]byte{fmt.Appendf(nil, "%d/%d/a", s, n), fmt.Appendf(nil, "%d/%d/b", s, n)}
				for range 2 { // and again
					if err := l.Append(t.Context(), some); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	senders.Wait()
	got := read(t, r)
	for i := 0; i+1 < len(got); i += 2 {
		if a, _ := strings.CutSuffix(got[i], "a"); a+"b" != got[i+1] {
			t.Fatalf("%s is followed by %s", got[i], got[i+1])
		}
	}
	slices.Sort(got)
	if len(got) != 400 || len(slices.Compact(got)) != 400 {
		t.Errorf("%d records, want 400 different ones", len(got))
	}
}

// TestSentAgain: a sender that got no answer sends the same once more, also after a restart, also when a rotation came between,
// and together with others.
func TestSentAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "in")
	cfg := Config{Dir: dir, SegmentBytes: 64}
	l := newLog(t, cfg)
	appendAll(t, l, record(1), record(2))
	appendAll(t, l, record(40)) // rotates
	appendAll(t, l, record(2), record(3), record(3))
	l = newLog(t, cfg)
	appendAll(t, l, record(3), record(40), record(4))
	want := []string{string(record(1)), string(record(2)), string(record(40)), string(record(3)), string(record(4))}
	if got := read(t, open(t, l, inputs.Options{})); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestSentAgainLater: what comes again within the time that senders take for it is known, however many files were written meanwhile. What
// nobody sends again is forgotten, but for the newest two files.
func TestSentAgainLater(t *testing.T) {
	l := newLog(t, Config{SegmentBytes: 64})
	clock := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l.now = func() time.Time { return clock }
	for n := range 50 {
		appendAll(t, l, record(n))
		clock = clock.Add(time.Second)
	}
	appendAll(t, l, record(1), record(30), record(48))
	clock = clock.Add(2 * sentAgain)
	appendAll(t, l, record(50))
	clock = clock.Add(2 * sentAgain)
	appendAll(t, l, record(51)) // each in a file of its own
	if len(l.known.before) != 1 {
		t.Errorf("%d files before are known", len(l.known.before))
	}
	appendAll(t, l, record(51), record(50), record(1))
	if got := read(t, open(t, l, inputs.Options{})); len(got) != 53 {
		t.Errorf("%d records, want 52 different ones and an old one again", len(got))
	}
}

// TestShortRecords: what is known of records is bounded, however short they are.
func TestShortRecords(t *testing.T) {
	l := newLog(t, Config{})
	records := make([][]byte, 30_000)
	for n := range 10 {
		for i := range records {
			records[i] = strconv.AppendInt(nil, int64(n*len(records)+i), 36)
		}
		appendAll(t, l, records...)
		known := len(l.known.now)
		for _, c := range l.known.before {
			known += len(c.ids)
		}
		if known > 2*manyIDs {
			t.Fatalf("%d are known", known)
		}
	}
	if len(l.known.before) == 0 {
		t.Error("all of them are in one file")
	}
}

// TestTornByCrash: half a line was acknowledged to nobody, and the reader that saw it before the crash finds the next record whole.
func TestTornByCrash(t *testing.T) {
	cfg := Config{Dir: filepath.Join(t.TempDir(), "in")}
	l := newLog(t, cfg)
	appendAll(t, l, record(1))
	log := filepath.Join(cfg.Dir, base)
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"n":2,"half of a much longer line than what comes then`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	r := open(t, l, inputs.Options{})
	if got := read(t, r); !slices.Equal(got, []string{string(record(1))}) {
		t.Fatalf("got %q", got)
	}
	cursor, err := r.Cursor().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	l = newLog(t, cfg)
	r = open(t, l, inputs.Options{Cursor: cursor})
	appendAll(t, l, record(3))
	if got := read(t, r); !slices.Equal(got, []string{string(record(3))}) {
		t.Errorf("got %q", got)
	}
}

// TestBudget: what outputs have not acknowledged bounds what comes in; what they have makes room.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog(t, Config{MaxBytes: 1000, SegmentBytes: 200})
		r, slow := open(t, l, inputs.Options{}), open(t, l, inputs.Options{Pipeline: "in/slow"})
		full := 0
		for n := 0; full == 0; n++ {
			switch err := l.Append(t.Context(), [][]byte{record(n)}); {
			case errors.Is(err, ErrFull):
				full = n
			case err != nil:
				t.Fatal(err)
			}
		}
		if size := sizeOf(t, l); size > 1000 || size < 900 {
			t.Errorf("full at %d bytes", size)
		}
		if got := read(t, r); len(got) != full {
			t.Errorf("%d of %d records", len(got), full)
		}
		r.Commit(r.Cursor())
		if l.release(); sizeOf(t, l) < 900 {
			t.Error("something was deleted that a pipeline has not read")
		}
		if got := read(t, slow); len(got) != full {
			t.Errorf("%d of %d records", len(got), full)
		}
		slow.Commit(slow.Cursor())
		l.release()
		if size := sizeOf(t, l); size > 400 || int64(size) != l.used {
			t.Errorf("%d bytes are left, counted as %d", size, l.used)
		}
		appendAll(t, l, record(full), record(full+1))
		if got := read(t, slow); len(got) != 2 {
			t.Errorf("then %q", got)
		}
	})
}

// TestManyForALittleRoom: what many send at a time is more than there is room for, and each by itself is not.
func TestManyForALittleRoom(t *testing.T) {
	l := newLog(t, Config{MaxBytes: 4000})
	l.turn.Lock() // all of them wait
	var senders sync.WaitGroup
	var stored atomic.Int32
	for n := range 20 {
		senders.Go(func() {
			if l.Append(t.Context(), [][]byte{fmt.Appendf(nil, `{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", 285))}) == nil {
				stored.Add(1)
			}
		})
	}
	for waiting := 0; waiting < 900; {
		runtime.Gosched()
		l.mu.Lock()
		waiting = int(l.next.size)
		l.mu.Unlock()
	}
	l.turn.Unlock()
	senders.Wait()
	if n := stored.Load(); n < 10 || n > 13 {
		t.Errorf("%d of 20 records of 300 bytes are stored in 4000", n)
	}
}

// TestMinFree: the last space of the disk is not the spool's.
func TestMinFree(t *testing.T) {
	l := newLog(t, Config{MinFree: 1 << 60})
	if err := l.Append(t.Context(), [][]byte{record(1)}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
}

func sizeOf(t *testing.T, l *Log) (size int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(l.cfg.Dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		size += len(content)
	}
	return size
}

// TestRunEnds releases while it runs, and leaves nothing open.
func TestRunEnds(t *testing.T) {
	l := newLog(t, Config{MaxBytes: 10_000, SegmentBytes: 100})
	r := open(t, l, inputs.Options{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	for n := range 100 {
		appendAll(t, l, record(n))
	}
	for n := range 100 {
		rec, err := r.Next(t.Context())
		if err != nil || string(rec.Data) != string(record(n)) {
			t.Fatalf("record %d: %q, %v", n, rec.Data, err)
		}
	}
	stop()
	if err := <-ended; err != nil || l.open != nil {
		t.Errorf("Run: %v", err)
	}
}

// BenchmarkAppend: what one request of the API server's batch mode costs, 400 events, on the disk of the temporary directory.
func BenchmarkAppend(b *testing.B) {
	l := New(Config{Dir: b.TempDir(), MaxBytes: 1 << 40}, disk.OS{}, quiet(), func(string) {})
	records := make([][]byte, 400)
	n, bytes := 0, 0
	for b.Loop() {
		bytes = 0
		for i := range records {
			n++
			records[i] = fmt.Appendf(records[i][:0], `{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", 1500))
			bytes += len(records[i])
		}
		if err := l.Append(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(bytes))
	_ = l.close()
}

// TestEndsWithItsFeed: with Once a reader waits until nothing is fed any more, and gets all of it.
func TestEndsWithItsFeed(t *testing.T) {
	l := newLog(t, Config{Fed: true})
	appendAll(t, l, record(1))
	r := open(t, l, inputs.Options{Once: true})
	go func() {
		for n := 2; n < 50; n++ {
			if err := l.Append(context.Background(), [][]byte{record(n)}); err != nil {
				t.Error(err)
			}
		}
		l.Fed()
	}()
	for n := 1; ; n++ {
		rec, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) && n == 50 {
			return
		}
		if err != nil || string(rec.Data) != string(record(n)) {
			t.Fatalf("record %d: %q, %v", n, rec.Data, err)
		}
	}
}

// TestGap: what was lost on the way here is told to every pipeline, once, in its place.
func TestGap(t *testing.T) {
	l := newLog(t, Config{})
	r := open(t, l, inputs.Options{})
	appendAll(t, l, record(1))
	want := inputs.GapError{File: "0.log", From: 7, To: -1, First: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Reason: "deleted before it was read"}
	if err := l.AppendGap(t.Context(), &want); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, record(2))
	if rec, err := r.Next(t.Context()); err != nil || string(rec.Data) != string(record(1)) {
		t.Fatal(err)
	}
	_, err := r.Next(t.Context())
	var got *inputs.GapError
	if !errors.As(err, &got) || *got != want {
		t.Errorf("got %v, want %v", err, &want)
	}
	if rec, err := r.Next(t.Context()); err != nil || string(rec.Data) != string(record(2)) {
		t.Fatal(err)
	}
}
