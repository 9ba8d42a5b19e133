package spool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/disk/disktest"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// onDisk makes a log whose readers nobody asks for.
func onDisk(fs disk.FS) *Log {
	l := New(Config{Dir: "/state/spool/in", MaxBytes: 1 << 20, SegmentBytes: 300}, fs, quiet(), func(string) {})
	clock := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l.now = func() time.Time { clock = clock.Add(700 * time.Microsecond); return clock }
	return l
}

func record(n int) []byte {
	return fmt.Appendf(nil, `{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", n%61))
}

// lines are what a reader would find, the oldest first: half a line at the end of a file is none, and NULs, which a failed
// sync may leave in place of what it dropped, are passed over.
func lines(t *disktest.Trial) (all []string) {
	s := segments{fs: t.Admin(), dir: "/state/spool/in"}
	names, err := s.list()
	if err != nil {
		return nil
	}
	for _, name := range append(names, base) {
		content, err := disktest.Read(t.Admin(), s.dir+"/"+name)
		if err != nil {
			continue
		}
		for rest := content; bytes.IndexByte(rest, '\n') >= 0; {
			var line []byte
			line, rest = cutLine(rest)
			all = append(all, string(line[bytes.LastIndexByte(line, 0)+1:len(line)-1]))
		}
	}
	return all
}

func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n') + 1
	return b[:i], b[i:]
}

// TestCrashes: whatever was acknowledged is there once, at every point at which a process or a machine can die, with calls that fail in
// between, where the sender sends again what was not acknowledged.
func TestCrashes(t *testing.T) {
	crash(t, func(*Log) {}, true)
}

// TestCrashesInPieces: an append that is several writes may be there in part. What a failed sync dropped of it stands behind the rest
// then, when it is sent again.
func TestCrashesInPieces(t *testing.T) {
	crash(t, func(l *Log) { l.out = bufio.NewWriterSize(nil, 40) }, false)
}

func crash(t *testing.T, change func(*Log), ordered bool) {
	disktest.Each(t, 6, func(t *disktest.Trial) {
		acked, tried := 0, 0
		for last := false; !last; {
			last = t.Begin()
			l := onDisk(t.Mount())
			change(l)
			acked, tried = live(t, l, acked, tried, last)
			before := lines(t)
			if how := t.End(); how == disktest.Kill {
				if after := lines(t); strings.Join(after, "\n") != strings.Join(before, "\n") {
					t.Damaged("a reader saw what is gone: %d lines, then %d", len(before), len(after))
				}
			}
			judge(t, acked, tried, ordered)
		}
		if acked < records {
			t.Damaged("%d records of %d are stored", acked, records)
		}
	})
}

const records = 24

// live appends until a call says that the world has ended, three records at a time. A failure is tried again, as senders do.
func live(t *disktest.Trial, l *Log, acked, tried int, last bool) (int, int) {
	for try := 0; acked < records && (last || try < 40); try++ {
		var some [][]byte
		for n := acked; n < acked+3; n++ {
			some = append(some, record(n))
		}
		tried = max(tried, acked+3)
		err := l.Append(t.Context(), some)
		switch {
		case err == nil:
			acked += 3
		case errors.Is(err, disktest.ErrStopped):
			return acked, tried
		case last:
			t.Damaged("the last life has no trouble, and Append said: %v", err)
		}
	}
	return acked, tried
}

func judge(t *disktest.Trial, acked, tried int, ordered bool) {
	seen := map[string]int{}
	at := -1
	for _, line := range lines(t) {
		seen[line]++
		for n := range tried {
			if line != string(record(n)) {
				continue
			}
			if ordered && n < at {
				t.Damaged("record %d stands behind %d", n, at)
			}
			at = n
		}
	}
	for n := range tried {
		switch times := seen[string(record(n))]; {
		case times > 1:
			t.Damaged("record %d is there %d times", n, times)
		case times == 0 && n < acked:
			t.Damaged("record %d was acknowledged and is gone", n)
		}
	}
}
