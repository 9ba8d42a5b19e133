package file

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

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

// actsAfterRead is a disk on which something happens between a read and whatever comes next.
type actsAfterRead struct {
	disk
	act func()
}

func (d actsAfterRead) Open(path string) (handle, error) {
	h, err := d.disk.Open(path)
	return actingHandle{h, d.act}, err
}

type actingHandle struct {
	handle
	act func()
}

func (h actingHandle) ReadAt(p []byte, off int64) (int, error) {
	n, err := h.handle.ReadAt(p, off)
	if n > 0 {
		h.act()
	}
	return n, err
}

// TestTruncatedWhileIdentified: the log was empty at the last look, and is truncated right after its first lines were read. They are
// those of its copy.
func TestTruncatedWhileIdentified(t *testing.T) {
	h := newHome(t)
	armed := false
	h.in.sys = actsAfterRead{act: func() {
		if armed {
			armed = false
			h.copytruncate("audit.log.1")
		}
	}}
	h.write("audit.log", "")
	r := h.open(inputs.Options{})
	r.want()
	h.write("audit.log", "a1\na2\n")
	armed = true
	r.r.wake(false)
	for _, want := range []string{"a1", "a2"} {
		if got, _ := r.next(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	h.write("audit.log", "b1\n")
	r.want("gap 6--1", "b1")
	r.reopen().want()
}
