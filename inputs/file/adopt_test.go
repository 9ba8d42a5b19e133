package file

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	rotating "gopkg.in/natefinch/lumberjack.v2"

	"github.com/auditship/auditship/inputs"
)

// follower does what fluentd's in_tail does (lib/fluent/plugin/in_tail.rb): it reads the live file by its name, notes inode and offset of the last
// line end, and at a rotation reads the old file to its end before it turns to the new one.
type follower struct {
	*home
	file    *os.File
	offset  int64
	lines   []string
	written time.Time
}

func inodeOf(t *testing.T, info os.FileInfo, err error) uint64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// poll reads up to so many lines.
func (f *follower) poll(most int) {
	f.Helper()
	for range most {
		if f.file == nil {
			file, err := os.Open(f.path("audit.log"))
			f.must(err)
			f.file, f.offset, f.written = file, 0, time.Now() // that is noted, too
		}
		if f.line() {
			continue
		}
		here, herErr := f.file.Stat()
		there, thereErr := os.Stat(f.path("audit.log"))
		if inodeOf(f.T, here, herErr) == inodeOf(f.T, there, thereErr) {
			return
		}
		f.must(f.file.Close())
		f.file = nil
	}
}

func (f *follower) line() bool {
	block := make([]byte, 64<<10)
	n, err := f.file.ReadAt(block, f.offset)
	if err != nil && err != io.EOF {
		f.Fatal(err)
	}
	i := bytes.IndexByte(block[:n], '\n')
	if i < 0 {
		return false
	}
	f.lines = append(f.lines, string(block[:i]))
	f.offset += int64(i) + 1
	f.written = time.Now()
	return true
}

func (f *follower) position(inode bool) Foreign {
	p := Foreign{Path: f.path("audit.log"), Offset: f.offset, Written: f.written}
	if inode {
		info, err := f.file.Stat()
		p.Inode = inodeOf(f.T, info, err)
	}
	f.file.Close()
	return p
}

// auditLine is a line as audit logs have them, as far as positions care.
func auditLine(n int) string {
	return fmt.Sprintf(`{"kind":"Event","n":%d,"pad":"%s","stageTimestamp":"%s"}`, n, strings.Repeat("x", n*7919%400), time.Now().UTC().Format(time.RFC3339Nano))
}

// zip compresses a backup as lumberjack does: the plain one goes when the other is whole.
func (h *home) zip(name string) {
	h.Helper()
	text, err := os.ReadFile(h.path(name))
	h.must(err)
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err = w.Write(text)
	h.must(err)
	h.must(w.Close())
	h.must(os.WriteFile(h.path(name+".gz"), out.Bytes(), 0o600))
	h.remove(name)
}

func (h *home) backups() []string {
	all, err := filepath.Glob(h.path("audit-*.log"))
	h.must(err)
	for i := range all {
		all[i] = filepath.Base(all[i])
	}
	return all
}

// rest is what a reader gets from a cursor on.
func (h *home) rest(c inputs.Cursor) (lines []string) {
	h.Helper()
	text, err := c.MarshalJSON()
	h.must(err)
	r, err := h.in.Open(inputs.Options{Pipeline: "api/rest", Cursor: text, Once: true})
	h.must(err)
	defer r.Close()
	for {
		rec, err := r.Next(h.Context())
		if err == io.EOF {
			return lines
		}
		h.must(err)
		lines = append(lines, string(rec.Data))
	}
}

// spin waits until the clock has moved: lumberjack names backups by the millisecond.
func spin() {
	for begin := time.Now().UnixMilli(); time.Now().UnixMilli() == begin; {
	}
}

// TestAdoptAtRandomMoments: another agent follows a log that lumberjack rotates and that is compressed now and then, and is stopped at some moment. The log goes
// on, is rotated, compressed; then the position is taken over. Every line was read by one of the two, and none by both.
func TestAdoptAtRandomMoments(t *testing.T) {
	worlds := uint64(12)
	if n, err := strconv.ParseUint(os.Getenv("ADOPT_WORLDS"), 10, 32); err == nil {
		worlds = n
	}
	for seed := range worlds {
		for _, inode := range []bool{true, false} {
			adoptAtRandom(t, seed, inode)
		}
	}
}

func adoptAtRandom(t *testing.T, seed uint64, inode bool) {
	h, rnd := newHome(t), rand.New(rand.NewPCG(seed, 1))
	log := &rotating.Logger{Filename: h.path("audit.log")}
	defer log.Close()
	f := &follower{home: h}
	var all []string
	step := func(follow bool) {
		switch n := rnd.IntN(10); {
		case n < 6:
			for range 1 + rnd.IntN(12) {
				all = append(all, auditLine(len(all)))
				_, err := log.Write([]byte(all[len(all)-1] + "\n"))
				h.must(err)
			}
		case n < 8 && len(all) > 0 && (!follow || f.at("audit.log")): // it would miss a file that is rotated between two looks
			spin()
			h.must(log.Rotate())
			spin() // nobody notices within a millisecond
		case n == 8:
			if b := h.backups(); len(b) > 0 && (!follow || f.file != nil && !f.at(b[0])) {
				h.zip(b[0])
			}
		}
		if follow && len(all) > 0 {
			f.poll(rnd.IntN(15))
		}
	}
	for range 10 + rnd.IntN(30) {
		step(true)
	}
	if f.file == nil { // at a rotation, or nothing was written yet
		return
	}
	position := f.position(inode)
	for range rnd.IntN(20) {
		step(false)
	}
	c, a, err := h.in.Adopt([]Foreign{position})
	h.must(err)
	got := append(f.lines, h.rest(c)...)
	if len(a.Doubts) > 0 {
		slices.Sort(got) // told: some may come again
		got = slices.Compact(got)
		slices.Sort(all)
	}
	if !slices.Equal(got, all) {
		t.Fatalf("seed %d, inode %v: %d lines were written, %d read by the other, %d in all; %+v for %+v", seed, inode, len(all), len(f.lines), len(got), a, position)
	}
	if inode && position.Offset > 0 && len(a.Doubts) > 0 {
		t.Errorf("seed %d: %q", seed, a.Doubts)
	}
}

// at tells whether the follower is in that file.
func (f *follower) at(name string) bool {
	if f.file == nil {
		return false
	}
	here, hereErr := f.file.Stat()
	there, thereErr := os.Stat(f.path(name))
	return inodeOf(f.T, here, hereErr) == inodeOf(f.T, there, thereErr)
}

// TestAdoptInodeReused: the number belongs to another file by now. What is in that tells it.
func TestAdoptInodeReused(t *testing.T) {
	h := newHome(t)
	var lines []string
	for n := range 20 {
		lines = append(lines, auditLine(n))
	}
	h.write("audit-2026-11-22T10-00-00.000.log", strings.Join(lines[:10], "\n")+"\n")
	h.write("audit.log", strings.Join(lines[10:], "\n")+"\n")
	info, err := os.Stat(h.path("audit.log"))
	offset := int64(len(lines[0]) + len(lines[1]) + len(lines[2]) + 3) // in the backup, which is compressed since
	position := Foreign{Path: h.path("audit.log"), Inode: inodeOf(t, info, err), Offset: offset, Written: time.Now()}
	h.zip("audit-2026-11-22T10-00-00.000.log")
	c, a, err := h.in.Adopt([]Foreign{position})
	h.must(err)
	if got := h.rest(c); !slices.Equal(got, lines[3:]) || a.File != "audit-2026-11-22T10-00-00.000.log.gz" || len(a.Doubts) > 0 {
		t.Errorf("%d lines, %+v", len(got), a)
	}
}

// TestAdoptWritten: an offset that is by chance at a line end of a newer file is not in that, as nobody read there before it was written.
func TestAdoptWritten(t *testing.T) {
	h := newHome(t)
	line := func(minute int) string {
		return fmt.Sprintf(`{"n":"%02d","stageTimestamp":"2026-11-22T10:%02d:00.000000Z"}`, minute, minute) + "\n"
	}
	h.write("audit-2026-11-22T10-03-00.000.log", line(1)+line(2))
	h.write("audit.log", line(3)+line(4)+line(5))
	at := time.Date(2026, 11, 22, 10, 1, 30, 0, time.UTC)
	c, a, err := h.in.Adopt([]Foreign{{Path: h.path("audit.log"), Offset: int64(len(line(1))), Written: at}})
	h.must(err)
	if got := h.rest(c); len(got) != 4 || len(a.Doubts) > 0 || a.File != "audit-2026-11-22T10-03-00.000.log" {
		t.Errorf("%q, %+v", got, a)
	}
	// Noted later, it may be either: the older one is taken, and that is said.
	c, a, err = h.in.Adopt([]Foreign{{Path: h.path("audit.log"), Offset: int64(len(line(1))), Written: at.Add(time.Hour)}})
	h.must(err)
	if got := h.rest(c); len(got) != 4 || len(a.Doubts) != 1 || !strings.Contains(a.Doubts[0], "fits 2 files") {
		t.Errorf("%q, %+v", got, a)
	}
}

func TestAdoptOthers(t *testing.T) {
	h := newHome(t)
	h.write("audit-2026-11-22T10-00-00.000.log", "a1\na2\n")
	h.write("audit.log", "b1\nb2\nb3")
	info, err := os.Stat(h.path("audit.log"))
	live := inodeOf(t, info, err)
	for name, c := range map[string]struct {
		position Foreign
		want     string
		doubts   int
	}{
		"deleted since, or shrunk":    {Foreign{Inode: 1, Offset: 4711}, "a1 a2 b1 b2", 1},
		"in the midst of a line":      {Foreign{Inode: live, Offset: 4}, "a1 a2 b1 b2", 1},
		"nothing read of the log":     {Foreign{Inode: live}, "b1 b2", 0},
		"nothing read of one gone":    {Foreign{Inode: 1}, "a1 a2 b1 b2", 1},
		"all of the log":              {Foreign{Inode: live, Offset: 6}, "", 0},
		"no inode, nothing read":      {Foreign{}, "a1 a2 b1 b2", 1},
		"a backup by its name":        {Foreign{Path: h.path("audit-2026-11-22T10-00-00.000.log"), Offset: 3}, "a2 b1 b2", 1},
		"an offset that is no number": {Foreign{Inode: live, Offset: -1}, "a1 a2 b1 b2", 0},
	} {
		if c.position.Path == "" {
			c.position.Path = h.path("audit.log")
		}
		cursor, a, err := h.in.Adopt([]Foreign{{Path: "/elsewhere/audit.log", Offset: 1}, c.position})
		h.must(err)
		if got := strings.Join(h.rest(cursor), " "); got != c.want || len(a.Doubts) != c.doubts {
			t.Errorf("%s: got %q, want %q; %+v", name, got, c.want, a)
		}
	}
	if _, _, err := h.in.Adopt([]Foreign{{Path: "/elsewhere/audit.log"}, {Path: h.path("other.log")}}); err == nil {
		t.Error("positions of other files were adopted")
	}
	if _, _, err := h.in.Adopt(nil); err == nil {
		t.Error("no positions were adopted")
	}
}

// TestAdoptSeveral: where an agent followed backups by a pattern, each has a position of its own.
func TestAdoptSeveral(t *testing.T) {
	h := newHome(t)
	h.write("audit-2026-11-22T09-00-00.000.log", "o1\n")
	h.write("audit-2026-11-22T10-00-00.000.log", "a1\na2\n")
	h.write("audit-2026-11-22T11-00-00.000.log", "m1\n")
	h.write("audit.log", "b1\nb2\n")
	inode := func(name string) uint64 {
		info, err := os.Stat(h.path(name))
		return inodeOf(t, info, err)
	}
	c, a, err := h.in.Adopt([]Foreign{{Path: h.path("audit.log"), Inode: inode("audit.log"), Offset: 3},
		{Path: h.path("audit-2026-11-22T10-00-00.000.log"), Inode: inode("audit-2026-11-22T10-00-00.000.log"), Offset: 3}})
	h.must(err)
	if got := strings.Join(h.rest(c), " "); got != "a2 m1 b2" || len(a.Doubts) != 1 || a.Done != 1 {
		t.Errorf("%q, %+v", got, a)
	}
}
