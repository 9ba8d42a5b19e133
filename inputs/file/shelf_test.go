package file

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/auditship/auditship/inputs"
)

// largeLines is a log with three large lines: the second has NULs inside, which cut it in two.
func largeLines(t *testing.T) (h *home, want []string) {
	h = newHome(t)
	a, b, c := strings.Repeat("a", largeLine), strings.Repeat("b", largeLine), strings.Repeat("c", 2*largeLine)
	h.write("audit.log", "first\n"+a+"\n"+b+"\x00\x00"+b+"\nmiddle\n"+c+"\nlast\n")
	return h, []string{"first", a, "~" + b, b, "middle", c, "last"}
}

// Readers at the same line hold it once, and nobody holds it when they have gone on.
func TestReadersShareALargeLine(t *testing.T) {
	h, want := largeLines(t)
	room := &meter{}
	one, other := h.open(inputs.Options{Pipeline: "api/one", Room: room}), h.open(inputs.Options{Pipeline: "api/other"})
	read := func(tap *tap) []byte {
		t.Helper()
		record, err := tap.r.Next(ended)
		h.must(err)
		return record.Data
	}
	if string(read(one)) != "first" || string(read(other)) != "first" {
		t.Fatal("the first line is another one")
	}
	a, b := read(one), read(other)
	if string(a) != want[1] || unsafe.SliceData(a) != unsafe.SliceData(b) || len(h.in.shelf.lines) != 1 || room.taken != 1 {
		t.Fatalf("%d and %d bytes, %d lines on the shelf, %+v", len(a), len(b), len(h.in.shelf.lines), room)
	}
	one.want(want[2:]...)
	if string(b) != want[1] || len(h.in.shelf.lines) != 1 {
		t.Errorf("when one has gone on, %d lines are on the shelf", len(h.in.shelf.lines))
	}
	other.want(want[2:]...)
	if len(h.in.shelf.lines) != 0 || room.given != room.taken {
		t.Errorf("in the end %d lines are on the shelf, %+v", len(h.in.shelf.lines), room)
	}
}

// Side by side, and with lines that are cut, all of them get what is in the log.
func TestReadersShareWhileOthersRead(t *testing.T) {
	h, want := largeLines(t)
	var reading sync.WaitGroup
	for i := range 8 {
		tap := h.open(inputs.Options{Pipeline: fmt.Sprint("api/", i)})
		reading.Go(func() {
			for range 3 {
				if got := tap.all(); !slices.Equal(got, want) {
					t.Errorf("reader %d got %d records", i, len(got))
				}
				again, err := h.in.Open(inputs.Options{Pipeline: fmt.Sprint("api/", i)})
				if err != nil || tap.r.Close() != nil {
					t.Errorf("open again: %v", err)
					return
				}
				tap.r = again.(*reader)
			}
			tap.r.Close()
		})
	}
	if reading.Wait(); len(h.in.shelf.lines) != 0 {
		t.Errorf("%d lines are left on the shelf", len(h.in.shelf.lines))
	}
}

// A line that is closed with its reader goes from the shelf.
func TestCloseGivesBack(t *testing.T) {
	h, want := largeLines(t)
	tap := h.open(inputs.Options{})
	if first(tap) != want[0] || first(tap) != want[1] || len(h.in.shelf.lines) != 1 {
		t.Fatalf("%d lines on the shelf", len(h.in.shelf.lines))
	}
	if h.must(tap.r.Close()); len(h.in.shelf.lines) != 0 {
		t.Errorf("%d lines are left on the shelf", len(h.in.shelf.lines))
	}
}

// What can't be read is on no shelf, and is tried anew.
func TestShelfForgetsFailures(t *testing.T) {
	var s shelf
	at, broken := place{from: 5, to: 10}, errors.New("broken")
	if _, err := s.take(at, func([]byte) error { return broken }); err != broken || len(s.lines) != 0 {
		t.Errorf("got %v, %d lines", err, len(s.lines))
	}
	line, err := s.take(at, func(text []byte) error { copy(text, "abcde"); return nil })
	if err != nil || string(line.text) != "abcde" {
		t.Fatalf("got %v, %v", line, err)
	}
	again, err := s.take(at, func([]byte) error { return broken })
	if err != nil || again != line {
		t.Errorf("got %v, %v", again, err)
	}
	if s.give(line); len(s.lines) != 1 {
		t.Error("it is gone while somebody holds it")
	}
	if s.give(line); len(s.lines) != 0 {
		t.Error("it stays though nobody holds it")
	}
}

// A log that ends before the line does gives its room back, and the line comes when it is there.
func TestShrunkUnderALargeLine(t *testing.T) {
	room := &meter{}
	text := "first\n" + strings.Repeat("a", largeLine) + "\n"
	w := &window{room: room, shelf: &shelf{}, whose: func() (identity, inode, bool) { return identity{}, inode{}, true }}
	src := &cutSource{text: text, read: largeLine / 2}
	w.reset(src, true, int64(len("first\n")))
	var err error
	for err == nil {
		err = w.fill()
	}
	if err != io.EOF || room.taken != 1 || room.given != 1 || len(w.shelf.lines) != 0 {
		t.Fatalf("got %v, %+v", err, room)
	}
	src.read = len(text)
	for range 2 {
		if line, ok := w.line(); ok {
			if string(line) != text[len("first\n"):len(text)-1] {
				t.Error("another line")
			}
			return
		}
		if err := w.fill(); err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the line did not come")
}

// cutSource is a file of which a large read gets a part only.
type cutSource struct {
	text string
	read int
}

func (s *cutSource) ReadAt(p []byte, at int64) (int, error) {
	if len(p) > blockSize {
		return strings.NewReader(s.text[:s.read]).ReadAt(p, at)
	}
	return strings.NewReader(s.text).ReadAt(p, at)
}
