package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	writer "gopkg.in/natefinch/lumberjack.v2"

	"github.com/auditship/auditship/inputs"
)

// TestLumberjackTorture lets the writer that kube-apiserver has write as fast as it can, with few and small backups,
// beside a reader that is much slower and is started anew at random. Nothing may be lost or come twice. The writer only
// waits where it would be more rotations ahead than it keeps backups: how soon a busy machine runs the guard is no
// property of the guard.
func TestLumberjackTorture(t *testing.T) {
	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprintf("compress=%v", compress), func(t *testing.T) { torture(t, compress) })
	}
}

const (
	tortureLines = 45_000 // of about 1 KiB: 41 rotations
	maxBackups   = 3
)

func torture(t *testing.T, compress bool) {
	h := newHome(t)
	slow, fast := h.open(inputs.Options{Pipeline: "api/slow"}), h.open(inputs.Options{Pipeline: "api/fast"})
	ctx, cancel := context.WithCancel(t.Context())
	stopped, written, read := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	var all sync.WaitGroup
	h.Cleanup(func() { // nobody may be at work in a directory that is being removed, also when the test has failed
		cancel()
		all.Wait()
		h.until(func() bool { return h.tidied(compress) }, func() { t.Error("lumberjack does not end its tidying") })
	})
	all.Go(func() { stopped <- h.in.Run(ctx) })
	all.Go(func() { read <- drain(ctx, fast.r, nil) })
	all.Go(func() { written <- writeLog(h.path("audit.log"), compress, h.waitForGuard) })

	random := rand.New(rand.NewPCG(1, 2))
	err := drain(ctx, slow.r, func(r inputs.Reader, n int) inputs.Reader {
		if n == 1 {
			h.must(<-written) // as slow as can be: everything else is written meanwhile
			h.must(<-read)
		}
		if random.IntN(2000) != 0 {
			return r
		}
		data, err := r.Cursor().MarshalJSON()
		h.must(err)
		h.must(r.Close())
		return h.open(inputs.Options{Pipeline: "api/slow", Cursor: data}).r
	})
	if err != nil {
		t.Error(err)
	}
	cancel()
	h.must(<-stopped)
	newGuard(h.in).pass()
	if left := h.links(); len(left) != 1 {
		t.Errorf("all is committed, but these are left: %v", left)
	}
}

// tidied tells whether lumberjack, whose goroutine nobody can wait for, has compressed and removed what it is going to: it
// must not do so in a directory that is being removed.
func (h *home) tidied(compress bool) bool {
	backups, err := filepath.Glob(h.path("audit-*"))
	h.must(err)
	plain := func(path string) bool { return !strings.HasSuffix(path, ".gz") }
	return len(backups) <= maxBackups && !(compress && slices.ContainsFunc(backups, plain))
}

func (h *home) links() []string {
	links, err := filepath.Glob(h.path(guardDir + "/*"))
	h.must(err)
	return links
}

// waitForGuard returns when the guard has seen all but the last rotation.
func (h *home) waitForGuard(rotations int) {
	for len(h.links()) < rotations && h.Context().Err() == nil {
		runtime.Gosched()
	}
}

// writeLog writes numbered lines.
func writeLog(path string, compress bool, rotated func(int)) error {
	w := &writer.Logger{Filename: path, MaxSize: 1, MaxBackups: maxBackups, Compress: compress}
	pad := make([]byte, 2000)
	rand.NewChaCha8([32]byte{1}).Read(pad)
	blob, line := hex.EncodeToString(pad), []byte(nil)
	rotations, size := 0, 0
	for n := range tortureLines {
		line = append(append(strconv.AppendInt(line[:0], int64(n), 10), ' '), blob[n%1000:][:800+n%200]...)
		written, err := w.Write(append(line, '\n'))
		if err != nil {
			return err
		}
		if size += written; size > 1<<20 {
			rotations, size = rotations+1, written
			rotated(rotations)
		}
	}
	return w.Close()
}

// drain reads numbered lines and commits as it goes.
func drain(ctx context.Context, r inputs.Reader, each func(inputs.Reader, int) inputs.Reader) error {
	for want := range tortureLines {
		rec, err := r.Next(ctx)
		if err != nil {
			return fmt.Errorf("record %d: %w", want, err)
		}
		if n := number(rec.Data); n != want {
			return fmt.Errorf("record %d comes, want %d", n, want)
		}
		if want%100 == 0 {
			r.Commit(r.Cursor())
		}
		if each != nil {
			r = each(r, want)
		}
	}
	r.Commit(r.Cursor())
	return nil
}

func number(line []byte) int {
	digits, _, _ := bytes.Cut(line, []byte(" "))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return -1
	}
	return n
}

// TestLossIsTold lets the writer run away from a reader without a guard: what is lost must be told, and nothing else may
// happen to a record.
func TestLossIsTold(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "the first line\n")
	r := h.open(inputs.Options{})
	r.want("the first line")
	h.must(writeLog(h.path("audit.log"), false, func(int) {}))
	// Of several backups lumberjack removes the newest first. Who looks in between sees the oldest beside those that stay, and nothing
	// missing: a guard, which looks after each rotation, does not let it come to that.
	h.until(func() bool { return h.tidied(false) }, func() { t.Fatal("lumberjack does not end its tidying") })
	gaps, last, lost := 0, -1, 0
	for _, text := range r.all() {
		if strings.HasPrefix(text, "gap") {
			gaps++
			continue
		}
		n := number([]byte(text))
		if n <= last {
			t.Fatalf("record %d comes after %d", n, last)
		}
		lost += n - last - 1
		last = n
	}
	if last != tortureLines-1 || lost == 0 || gaps == 0 {
		t.Errorf("%d records lost up to %d, %d gaps told", lost, last, gaps)
	}
}

func BenchmarkNext(b *testing.B) {
	dir := b.TempDir()
	_, lines := rotated(b)
	text := strings.Join(lines, "\n") + "\n"
	h := &home{dir: dir}
	size := int64(0)
	for n := range 300 { // first lines tell files apart
		h.T = &testing.T{}
		part := binary.LittleEndian.AppendUint32([]byte("x"), uint32(n)|0x01010101)
		h.write("audit.log", fmt.Sprintf("%x\n%s", part, text))
		size += int64(len(text))
	}
	in := New(Config{Path: h.path("audit.log")}, slog.New(slog.NewTextHandler(io.Discard, nil)), func(string) {})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		r, err := in.Open(inputs.Options{Pipeline: "api/bench", Once: true})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next(b.Context())
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		r.Close()
	}
}
