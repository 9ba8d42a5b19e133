package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/auditship/auditship/agent/disk/disktest"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

const crashPath = "/var/log/out/events.jsonl"

// Whatever is stopped, torn, forgotten or refused: every acknowledged event is in the file, and when all that is behind the
// last commit has come again, each is there once, in order, on a line of its own.
func TestCrashAnywhereOnAnyDisk(t *testing.T) {
	all := numbered(t, 40)
	var want []string
	for i := range all {
		want = append(want, string(all[i].AppendJSON(nil))+"\n")
	}
	for _, c := range []struct {
		name  string
		seeds int
		cfg   Config
	}{
		{"one file", 8, Config{}},
		{"rotating", 6, Config{MaxSize: 2000}},
		{"compressed", 2, Config{MaxSize: 2000, Compress: "zstd"}},
		{"few kept", 4, Config{MaxSize: 2000, MaxBackups: 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Path = crashPath
			disktest.Each(t, c.seeds, func(t *disktest.Trial) { (&history{Trial: t, cfg: c.cfg, all: all, want: want}).run() })
		})
	}
}

// numbered are small events of different sizes.
func numbered(t testing.TB, n int) []event.Event {
	t.Helper()
	var d event.Decoder
	all := make([]event.Event, n)
	for i := range all {
		raw := fmt.Appendf(nil, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%d","stage":"ResponseComplete","verb":"%s"}`, i, strings.Repeat("x", i*37%600))
		if err := d.Decode(raw, &all[i]); err != nil {
			t.Fatal(err)
		}
		all[i].ID = event.Sum(raw)
		all[i].Enrichment = []byte(`{"id":"` + all[i].ID.String() + `","cluster":"c"`)
	}
	return all
}

// history is what happens to one destination, with the pipeline's part played as its contract says.
type history struct {
	*disktest.Trial
	cfg  Config
	all  []event.Event
	want []string // the lines of all

	resume    outputs.Resume // as committed
	committed int            // events
	acked     int            // in this life
	ackState  []byte
	promised  int // acknowledged ever
	inWrite   int
	mayBeHere int // events that were ever given to Write
}

func (h *history) run() {
	for last := false; !last; {
		last = h.Begin()
		clean := h.life(last)
		h.End()
		h.resume.Replay = !clean
		h.judge(last)
	}
}

// life delivers until the world stops or it has done enough, and tells whether it ended with nothing in flight.
func (h *history) life(last bool) (clean bool) {
	out, err := New(h.cfg, outputs.Env{Log: discard, Disk: h.Mount(), MaxBytes: 4000})
	if err != nil {
		h.Fatal(err)
	}
	o := out.(*Output)
	o.start = func(work func()) { work() } // in the background calls would not come in the same order again
	o.chunk = 1000                         // some writes end in the middle of a line
	defer o.Close()
	resume := h.resume
	resume.Save = h.save
	if err := o.Open(h.Context(), resume); err != nil {
		h.Fatal(err)
	}
	pending := h.resume.Pending
	h.acked, h.ackState = h.committed, nil
	for next := h.committed; next < len(h.all) && (last || h.Rand.IntN(15) > 0); {
		n := min(1+h.Rand.IntN(9), len(h.all)-next)
		if pending > 0 {
			n, pending = pending, 0
		}
		if !h.deliver(o, next, n, last) {
			return false
		}
		next += n
	}
	h.commit()
	return true
}

// deliver writes until it is acknowledged; false: it is given up.
func (h *history) deliver(o *Output, from, n int, last bool) bool {
	h.inWrite, h.mayBeHere = n, max(h.mayBeHere, from+n)
	for range 8 {
		ack, err := o.Write(h.Context(), h.all[from:from+n])
		if err == nil {
			h.acked, h.ackState = from+n, ack.State
			h.promised = max(h.promised, h.acked)
			if h.cfg.MaxBackups > 0 || h.Rand.IntN(2) == 0 { // what is kept must be more than what is not committed
				h.commit()
			}
			return true
		}
		if last {
			h.Damaged("write: %v", err)
		}
	}
	return false
}

func (h *history) save(_ context.Context, state []byte) error {
	h.resume.State, h.resume.Pending = state, h.inWrite
	return nil
}

func (h *history) commit() {
	if h.ackState != nil {
		h.committed, h.resume.State, h.resume.Pending = h.acked, h.ackState, 0
	}
}

// judge reads what is there. Only whole lines count; in the end nothing else may be there.
func (h *history) judge(last bool) {
	h.Helper()
	b := newBackups(h.cfg, outputs.Env{Log: discard, Disk: h.Admin()})
	parts, err := b.since("")
	if err != nil && h.promised > 0 {
		h.Damaged("list: %v", err)
	}
	var got []string
	for _, p := range parts {
		got = append(got, h.lines(p.open, true)...)
	}
	got = append(got, h.lines(func(int64) (io.ReadCloser, error) {
		content, err := disktest.Read(h.Admin(), crashPath)
		return io.NopCloser(bytes.NewReader(content)), err
	}, last)...)
	h.compare(got, last)
}

// lines are those of one file, up to the first that is torn.
func (h *history) lines(open opener, whole bool) []string {
	r, err := open(0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // stopped in a rotation, if it is not lost
	}
	if err != nil {
		h.Damaged("open: %v", err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		h.Damaged("read: %v", err)
	}
	var lines []string
	for line := range bytes.Lines(content) {
		if bytes.IndexByte(line, 0) >= 0 || line[len(line)-1] != '\n' {
			if whole {
				h.Damaged("torn line %q", line)
			}
			break
		}
		lines = append(lines, string(line))
	}
	return lines
}

// compare wants the lines to be the events, each once, in order, up to the last that was acknowledged, or further. Where
// backups are removed the latest lines are kept; a removal may be undone by a power loss, one by one.
func (h *history) compare(got []string, last bool) {
	h.Helper()
	want := h.want[:h.mayBeHere]
	if h.cfg.MaxBackups > 0 {
		gone := func(i int) bool { return i < h.promised-latest && !slices.Contains(got, h.want[i]) }
		want = nil
		for i := range h.mayBeHere {
			if !gone(i) {
				want = append(want, h.want[i])
			}
		}
	}
	least := len(want) - (h.mayBeHere - h.promised)
	if last {
		least = len(want) - (h.mayBeHere - len(h.all))
	}
	if len(got) < least || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
		h.Damaged("%d events were acknowledged, the lines are %v", h.promised, h.numbers(got))
	}
}

// latest is how many events are surely not removed.
const latest = 5

func (h *history) numbers(lines []string) (numbers []string) {
	for _, line := range lines {
		_, number, _ := strings.Cut(line, `"auditID":"`)
		number, _, _ = strings.Cut(number, `"`)
		numbers = append(numbers, number)
	}
	return numbers
}

// Lines whose sync failed may be seen in the page cache, be called clean there, and not be on the disk. They do not count
// before they are.
func TestFoundInThePageCache(t *testing.T) {
	events := numbered(t, 12)
	for seed := range uint64(200) {
		d := disktest.New(seed)
		o := onDisk(t, d, Config{Path: crashPath}, outputs.Resume{})
		committed := write(t, o, events[:4])
		d.FailWith(func(c disktest.Call) error {
			if c.Op == "sync" {
				return syscall.EIO
			}
			return nil
		})
		if _, err := o.Write(t.Context(), events[4:]); err == nil {
			t.Fatal("the write did not fail")
		}
		d.Restart(disktest.Kill)
		o = onDisk(t, d, Config{Path: crashPath}, outputs.Resume{State: committed.State, Replay: true})
		write(t, o, events[4:])
		d.Restart(disktest.PowerLoss)
		expectAll(t, d, len(events), fmt.Sprint("seed ", seed))
	}
}
