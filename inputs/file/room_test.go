package file

import (
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/inputs"
)

// meter is an inputs.Room that tells what was asked of it.
type meter struct {
	taken, given int
	most         int   // bytes that were asked for at once
	full         error // there is no room
}

func (m *meter) Take(bytes int) error {
	if m.full != nil {
		return m.full
	}
	m.taken, m.most = m.taken+1, max(m.most, bytes)
	return nil
}

func (m *meter) Give() { m.given++ }

// longLog is a log whose third line is long, plain or as a compressed backup.
func longLog(t *testing.T, zipped bool) (h *home, lines []string) {
	h, lines = newHome(t), []string{"a1", "a2", strings.Repeat("x", 3*blockSize), "a4", "a5"}
	text := strings.Join(lines, "\n") + "\n"
	if !zipped {
		h.write("audit.log", text)
		return h, lines
	}
	var content bytes.Buffer
	zip := gzip.NewWriter(&content)
	_, err := zip.Write([]byte(text))
	h.must(errors.Join(err, zip.Close()))
	h.write(backup1+".gz", content.String())
	return h, lines
}

// A reader asks before it holds a long line, and tells when it does not hold it any more: at the latest when the next line is
// asked for that is not in memory with it.
func TestLongLinesTakeRoom(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		h, lines := longLog(t, zipped)
		room := &meter{}
		tap := h.open(inputs.Options{Room: room})
		if got := []string{first(tap), first(tap)}; !slices.Equal(got, lines[:2]) || room.taken > 0 {
			t.Fatalf("read %q, asked for room %d times", got, room.taken)
		}
		if first(tap) != lines[2] || room.taken == 0 || room.given > 0 || room.most < len(lines[2]) {
			t.Fatalf("while the line is held: %+v", room)
		}
		if !zipped && room.taken > 1 {
			t.Errorf("asked for room %d times, though the length is known", room.taken)
		}
		tap.want(lines[3:]...)
		if room.given != 1 {
			t.Errorf("at the end: %+v", room)
		}
	}
}

// Without room nothing is read, nothing is lost, and nothing is told to be at its end.
func TestNoRoom(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		h, lines := longLog(t, zipped)
		room := &meter{full: errors.New("no room")}
		tap := h.open(inputs.Options{Room: room})
		if got := []string{first(tap), first(tap)}; !slices.Equal(got, lines[:2]) {
			t.Fatalf("read %q", got)
		}
		for range 3 {
			if _, err := tap.r.Next(ended); err != room.full {
				t.Fatalf("got %v, want %v", err, room.full)
			}
		}
		room.full = nil
		tap.want(lines[2:]...)
	}
}

// A torn line that is long takes room, too, and who closes a reader has it again.
func TestRoomIsGivenBackAtTheEnd(t *testing.T) {
	h, room := newHome(t), &meter{}
	h.write("audit.log", "a1\n"+strings.Repeat("x", 2*blockSize))
	h.rotate(backup1)
	h.write("audit.log", "b1\n")
	tap := h.open(inputs.Options{Room: room})
	if first(tap) != "a1" || len(first(tap)) != 1+2*blockSize || room.taken == 0 || room.given > 0 {
		t.Fatalf("a torn line: %+v", room)
	}
	h.must(tap.r.Close())
	if room.given != 1 {
		t.Errorf("after Close: %+v", room)
	}
}

func first(t *tap) string {
	text, _ := t.next()
	return text
}

// TestLongLinesInARow: room is asked for anew for each of them, also where the buffer of one holds the beginning of the next.
func TestLongLinesInARow(t *testing.T) {
	const lines = 6
	h := newHome(t)
	h.write(backup1, strings.Repeat(strings.Repeat("x", 5*blockSize)+"\n", lines))
	h.gzip(backup1)
	room := &meter{}
	tap := h.open(inputs.Options{Room: room})
	for i := range lines {
		before := room.taken
		if got := first(tap); len(got) != 5*blockSize || room.taken == before || room.given != i {
			t.Fatalf("line %d: %d bytes, %+v", i, len(got), room)
		}
	}
}
