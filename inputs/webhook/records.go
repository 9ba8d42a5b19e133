package webhook

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/spool"
)

var (
	typed = []byte(`{"kind":"Event"`)
	event = []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1"`)
)

// buffer makes the lines of a log of items, one behind the other. Nothing in an item is changed but that line breaks, which are white
// space, are left out. Whatever it is, its record begins as that of an event: what is of another kind, or no JSON, is a dead letter then, and
// can't pass for a line of the spool's own.
type buffer struct {
	by     *share
	length int64 // of all items, at most; -1: nobody knows

	lines []byte
	spans [][2]int // of the records
	kept  [][]byte
	at    int   // where the item under way begins
	long  *long // what it is, if it is too long
	lost  int   // items that were
}

// long is an item that is not kept.
type long struct {
	size int
	sum  hash.Hash
}

func (l *long) add(part []byte) {
	l.size += len(part)
	l.sum.Write(part)
}

func (b *buffer) full() bool { return len(b.lines) >= enough || len(b.spans) >= enoughMany }

// reset lets go of the records. A buffer that one long item has made large goes, too.
func (b *buffer) reset() {
	b.lines, b.spans = b.lines[:0], b.spans[:0]
	if cap(b.lines) > 2*enough {
		b.by.shrink(cap(b.lines))
		b.lines = nil
	}
}

// all are the records, valid until reset.
func (b *buffer) all() [][]byte {
	b.kept = b.kept[:0]
	for _, s := range b.spans {
		b.kept = append(b.kept, b.lines[s[0]:s[1]])
	}
	return b.kept
}

// begin begins an item. The last byte of what stands before it will be a comma, in place of the item's brace.
func (b *buffer) begin() { b.at, b.long = len(b.lines), nil }

func (b *buffer) take(part []byte) error {
	if len(b.lines) == b.at && b.long == nil {
		if err := b.put(event); err != nil {
			return err
		}
	}
	if own := b.at + len(event); b.long == nil && len(b.lines)-own+len(part) > maxItem {
		b.long = &long{sum: sha256.New()}
		b.long.add(b.lines[own:])
		b.lines = b.lines[:b.at]
	}
	if b.long != nil {
		b.long.add(part)
		return nil
	}
	return b.put(part)
}

// end makes the record of the item.
func (b *buffer) end() error {
	if b.long != nil {
		return b.lose()
	}
	from := b.at + len(event)
	item := b.lines[from:]
	if item[len(item)-1] != '}' {
		return errNoJSON
	}
	switch rest := bytes.TrimLeft(item[1:], " \t"); {
	case bytes.HasPrefix(item, typed):
		b.at = from
	case len(rest) == 1:
		b.lines = append(b.lines[:from], '}')
	default:
		item[0] = ','
	}
	b.spans = append(b.spans, [2]int{b.at, len(b.lines)})
	return nil
}

// lose makes a gap of an item that is too long: those around it must not be lost with it.
func (b *buffer) lose() error {
	reason := fmt.Sprintf("an event of %d bytes is longer than a webhook takes, which is %d; SHA-256 %x", b.long.size, maxItem, b.long.sum.Sum(nil))
	line, err := spool.GapLine(&inputs.GapError{File: "webhook", From: 0, To: int64(b.long.size), Reason: reason})
	if err != nil {
		return err
	}
	b.lost++
	if err := b.put(line); err != nil {
		return err
	}
	b.spans = append(b.spans, [2]int{b.at, len(b.lines)})
	return nil
}

const (
	smallest = 8 << 10                // the first buffer, which everybody has room for
	longest  = enough + maxItem + 128 // no buffer need be larger
)

func (b *buffer) put(part []byte) error {
	if need := len(b.lines) + len(part); need > cap(b.lines) {
		if err := b.enlarge(need); err != nil {
			return err
		}
	}
	b.lines = append(b.lines, part...)
	return nil
}

// enlarge takes memory for a larger buffer, and gives back that of the former.
func (b *buffer) enlarge(need int) error {
	size := max(2*cap(b.lines), smallest)
	if size > longest/2 {
		size = longest // at once: what is copied is held twice
	}
	if b.length >= 0 { // not for more than can come
		size = min(size, len(b.lines)+window+len(event)+int(max(b.length-b.by.came.Load(), 0)))
	}
	size = max(size, need)
	if size > smallest {
		if err := b.by.grow(size); err != nil {
			return err
		}
	}
	former := cap(b.lines)
	b.lines = append(make([]byte, 0, size), b.lines...)
	if former > smallest {
		b.by.shrink(former)
	}
	return nil
}
