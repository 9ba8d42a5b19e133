package file

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// copytruncate is what logrotate does in this mode.
func (h *home) copytruncate(to string) {
	h.Helper()
	data, err := os.ReadFile(h.path("audit.log"))
	h.must(err)
	h.must(os.WriteFile(h.path(to), data, 0o600))
	h.must(os.Truncate(h.path("audit.log"), 0))
}

func (t *tap) wantSeen(anomaly string) {
	t.Helper()
	if t.seen[anomaly] == 0 {
		t.Errorf("anomaly %s was not counted: %v", anomaly, t.seen)
	}
}

func TestCopytruncate(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	r.next()
	h.write("audit.log", "a3\n")
	h.copytruncate("audit.log.1")
	h.write("audit.log", "b1\n")
	r.want("a2", "a3", "gap 9--1", "b1")
	h.write("audit.log", "b2\n")
	r.reopen().want("b2")
}

func TestCopytruncateRegrown(t *testing.T) {
	for _, restart := range []bool{false, true} {
		h := newHome(t)
		h.write("audit.log", "a1\n")
		r := h.open(inputs.Options{})
		r.want("a1")
		h.copytruncate("audit.log.1")
		h.write("audit.log", "b1 is longer than the file was\n")
		if restart {
			r = r.reopen()
		}
		r.want("gap 3--1", "b1 is longer than the file was")
		r.reopen().want()
	}
}

// TestTruncatedUnderWriter truncates behind the back of the reader, which is not told to look at the directory.
func TestTruncatedUnderWriter(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	h.must(os.Truncate(h.path("audit.log"), 0))
	f, err := os.OpenFile(h.path("audit.log"), os.O_WRONLY, 0)
	h.must(err)
	_, err = f.WriteAt([]byte("b1\n"), 1<<20) // kube-apiserver keeps its offset: NULs in front
	h.must(err)
	h.must(f.Close())
	r.r.wake(false)
	var got []string
	for text, ok := r.next(); ok; text, ok = r.next() {
		got = append(got, text)
	}
	if fmt.Sprint(got) != "[gap 3--1 b1]" {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("nul_bytes")
	r.reopen().want()
}

func TestNULs(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\nhal\x00\x00\x00a2\n\x00\x00\na3\n\x00\x00")
	r := h.open(inputs.Options{})
	r.want("a1", "~hal", "a2", "a3")
	h.write("audit.log", "a4\n")
	r = r.reopen()
	r.want("a4")
	r.wantSeen("nul_bytes")
}

func TestDeletedBeforeRead(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\na2\n")
	r := h.open(inputs.Options{})
	r.next()
	h.rename("audit.log", backup1)
	h.write("audit.log", "b1\n")
	r.r.wake(true)
	r.next() // a2
	h.write(backup1, "a3\n")
	r.all()
	r = r.reopen()
	r.want()

	h = newHome(t)
	h.write(backup1, "a1\na2\n")
	h.write("audit.log", "b1\n")
	r = h.open(inputs.Options{})
	r.next()
	r = r.reopen()
	h.remove(backup1)
	r.want("gap 3-6", "b1")
	r.reopen().want()
}

func TestAllGoneWhileDown(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", `{"a":1,"stageTimestamp":"2026-11-22T11:50:28.753000Z"}`+"\n")
	r := h.open(inputs.Options{})
	r.all()
	h.remove("audit.log")
	b := `{"b":1,"stageTimestamp":"2026-11-22T12:00:00.000000Z"}`
	h.write("audit.log", b+"\n")
	r = r.reopen()
	r.r.wake(true)
	_, err := r.r.Next(ended)
	gap, ok := err.(*inputs.GapError)
	if !ok || gap.Bytes() != -1 || gap.Last.Format("15:04:05") != "12:00:01" || gap.First.IsZero() {
		t.Fatalf("got %#v, want a gap of unknown length up to the first line found", err)
	}
	r.want(b)
	r.reopen().want()
}

func TestDeletedLogIsReadToItsEnd(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "a1\n")
	r := h.open(inputs.Options{})
	r.want("a1")
	f, err := os.OpenFile(h.path("audit.log"), os.O_APPEND|os.O_WRONLY, 0)
	h.must(err)
	defer f.Close()
	h.remove("audit.log")
	fmt.Fprintln(f, "a2")
	r.want("a2")
	fmt.Fprintln(f, "a3")
	r.want("a3")
	h.write("audit.log", "b1\n")
	r.want("gap 9--1", "b1")
	r.want()
}

func TestNotThereYet(t *testing.T) {
	h := newHome(t)
	h.must(os.Remove(h.dir))
	r := h.open(inputs.Options{})
	r.want()
	h.must(os.Mkdir(h.dir, 0o700))
	r.want()
	h.write("audit.log", "")
	r.want()
	h.write("audit.log", "a1\n")
	r.want("a1")
}

func TestNoRegularFile(t *testing.T) {
	h := newHome(t)
	h.must(syscall.Mkfifo(h.path("audit.log"), 0o600))
	h.must(os.Mkdir(h.path(backup2), 0o700))
	h.write(backup1, "a1\n")
	r := h.open(inputs.Options{})
	got := r.all()
	if len(got) != 2 || got[0] != "a1" || !strings.Contains(got[1], "it is a named pipe") {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("not_regular")
	h.remove("audit.log")
	h.write("audit.log", "b1\n")
	r.want("b1")
}

func TestSymlink(t *testing.T) {
	h := newHome(t)
	h.write("elsewhere", "a1\n")
	h.must(os.Symlink("elsewhere", h.path("audit.log")))
	h.must(os.Symlink("elsewhere", h.path(backup1)))
	r := h.open(inputs.Options{})
	r.want("a1")
	h.write("elsewhere", "a2\n")
	r.want("a2")
	r.wantSeen("symlink")
	r.wantSeen("not_regular")
}

func TestFileInPlaceOfDirectory(t *testing.T) {
	h := newHome(t)
	h.must(os.Remove(h.dir))
	h.must(os.WriteFile(h.dir, nil, 0o600))
	r := h.open(inputs.Options{})
	if got := r.all(); len(got) != 1 || !strings.Contains(got[0], "not a directory") {
		t.Fatalf("got %q", got)
	}
	r.wantSeen("unreadable")
}

func TestTwoRotators(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log.1", "b1\n")
	r := h.open(inputs.Options{})
	r.want("a1", "b1")
	r.wantSeen("two_rotators")
}

func TestCorruptGzip(t *testing.T) {
	h := newHome(t)
	var lines strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&lines, "%d %x\n", i, i*i*i)
	}
	h.write(backup1, lines.String())
	h.gzip(backup1)
	i, err := os.Stat(h.path(backup1 + ".gz"))
	h.must(err)
	h.must(os.Truncate(h.path(backup1+".gz"), i.Size()/2))
	h.write(backup2+".gz", "no gzip at all")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	got := r.all()
	gaps := 0
	for _, text := range got {
		if strings.HasPrefix(text, "gap") {
			gaps++
		}
	}
	if len(got) < 10000 || gaps != 2 || got[0] != "0 0" || got[len(got)-1] != "b1" {
		t.Fatalf("got %d records, %d gaps, the last %q", len(got), gaps, got[max(0, len(got)-3):])
	}
	r.wantSeen("corrupt_gzip")
	r = r.reopen()
	r.want()
}

func TestLongLines(t *testing.T) {
	for _, zip := range []bool{false, true} {
		h := newHome(t)
		long := string(bytes.Repeat([]byte("0123456789"), 1<<20))
		h.write(backup1, "a1\n"+long+"\na2\n"+long[:blockSize]+"\n"+long[:blockSize-1]+"\na3\n")
		if zip {
			h.gzip(backup1)
		}
		r := h.open(inputs.Options{})
		r.want("a1", long, "a2", long[:blockSize], long[:blockSize-1], "a3")
		if len(r.r.win.buf) > blockSize {
			t.Errorf("%d bytes of buffer are kept", len(r.r.win.buf))
		}
		if zip {
			continue
		}
		h.write("audit.log", long)
		r.want()
		if len(r.r.win.buf) > blockSize {
			t.Errorf("an incomplete line takes %d bytes of buffer", len(r.r.win.buf))
		}
		h.rename("audit.log", backup2)
		h.write("audit.log", "b1\n")
		r.want("~"+long, "b1")
	}
}

func TestLineTooLong(t *testing.T) {
	for _, zip := range []bool{false, true} {
		h := newHome(t)
		long := strings.Repeat("x", 3<<20)
		h.write(backup1, "a1\n"+long+"\na2\n")
		if zip {
			h.gzip(backup1)
		}
		h.write("audit.log", long)
		r := h.open(inputs.Options{})
		r.r.win.limit = 1 << 20
		r.want("a1", fmt.Sprintf("gap 3-%d", 3+len(long)+1), "a2")
		h.write("audit.log", "\nb1\n")
		r.want(fmt.Sprintf("gap 0-%d", len(long)+1), "b1")
		r.wantSeen("line_too_long")
	}
}

// forbidden is a system where a file can't be opened.
type forbidden struct {
	system
	base string
}

func (f forbidden) Open(path string) (handle, error) {
	if filepath.Base(path) == f.base {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EACCES}
	}
	return f.system.Open(path)
}

// TestUnreadable: what can't be opened is an error that comes again, not a gap, and does not keep the rest back for long.
func TestUnreadable(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	h.in.sys = forbidden{disk{}, backup1}
	r := h.open(inputs.Options{})
	if got := r.all(); len(got) != 1 || !strings.Contains(got[0], "permission denied") {
		t.Fatalf("got %q", got)
	}
	r.r.hidden = time.Now().Add(-patience)
	for i := range 3 {
		got := r.all()
		if i == 0 && (len(got) == 0 || got[0] != "b1") || len(got) == 0 || !strings.Contains(got[len(got)-1], "permission denied") {
			t.Fatalf("got %q", got)
		}
	}
	r.wantSeen("unreadable")
	r = r.reopen()
	r.want("a1")
}

// TestOnceWaitsForABackup that can't be opened for a moment: it is part of what there was, and comes first.
func TestOnceWaitsForABackup(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\n")
	h.write("audit.log", "b1\n")
	fault := syscall.EMFILE
	h.in.sys = faulty{disk{}, func(call, path string) error {
		if call == "open" && filepath.Base(path) == backup1 && fault != 0 {
			return fault
		}
		return nil
	}}
	r := h.open(inputs.Options{Once: true})
	if got := r.all(); len(got) != 1 || !strings.HasPrefix(got[0], "error") {
		t.Fatalf("got %q", got)
	}
	fault = 0
	r.want("a1", "b1")
	if _, err := r.r.Next(t.Context()); err != io.EOF {
		t.Error("no end but", err)
	}
}

// TestDirectoryAway: a directory that is not mounted for a while loses nothing, and is an error.
func TestDirectoryAway(t *testing.T) {
	for _, restart := range []bool{false, true} {
		h := newHome(t)
		h.write(backup1, "a1\na2\n")
		h.write("audit.log", "b1\n")
		r := h.open(inputs.Options{})
		if got, _ := r.next(); got != "a1" {
			t.Fatal(got)
		}
		away := h.dir + ".away"
		h.must(os.Rename(h.dir, away))
		if restart {
			r = r.reopen()
			if got := r.all(); len(got) != 1 || !strings.HasPrefix(got[0], "error") {
				t.Errorf("got %q", got)
			}
		}
		h.must(os.Rename(away, h.dir))
		r.want("a2", "b1")
	}
}

// TestEmptyMountPoint: what was told as lost, because its directory was empty for a while, is read when it is there again.
func TestEmptyMountPoint(t *testing.T) {
	h := newHome(t)
	h.write(backup1, "a1\na2\n")
	h.write("audit.log", "b1\n")
	r := h.open(inputs.Options{})
	if got, _ := r.next(); got != "a1" {
		t.Fatal(got)
	}
	away := h.dir + ".away"
	h.must(os.Rename(h.dir, away))
	h.must(os.Mkdir(h.dir, 0o700))
	r = r.reopen()
	r.want("gap 3-6", "gap 0--1")
	h.remove("")
	h.must(os.Rename(away, h.dir))
	r.reopen().want("a2", "b1")
}

// refilled shows NULs at first, and afterwards what was written in their place.
type refilled struct {
	system
	nuls *int
}

func (f refilled) Open(path string) (handle, error) {
	h, err := f.system.Open(path)
	if filepath.Base(path) != "audit.log" || err != nil {
		return h, err
	}
	return refilledFile{h, f.nuls}, nil
}

type refilledFile struct {
	handle
	nuls *int
}

func (h refilledFile) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 || *h.nuls == 0 || len(p) < blockSize { // only what is read to be delivered
		return h.handle.ReadAt(p, off)
	}
	*h.nuls--
	clear(p[:min(len(p), 5)])
	return min(len(p), 5), nil
}

// TestNULsAreFilledIn: a line that is written over NULs between two reads is read from its beginning.
func TestNULsAreFilledIn(t *testing.T) {
	h := newHome(t)
	h.write("audit.log", "the first line\nb1\n")
	nuls := 0
	h.in.sys = refilled{disk{}, &nuls}
	r := h.open(inputs.Options{})
	r.r.look()
	nuls = 1
	r.want("the first line", "b1")
}
