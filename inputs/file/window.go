package file

import (
	"bytes"
	"errors"
	"io"

	"github.com/auditship/auditship/agent/buffers"
	"github.com/auditship/auditship/inputs"
)

const (
	blockSize = 256 << 10 // of one read
	maxLine   = 128 << 20 // a longer line is passed over and told as a gap: memory has to end somewhere
	largeLine = 1 << 20   // from here on a line is shared by all readers that stand at it
	hugeLine  = 16 << 20
)

var errLineTooLong = errors.New("line longer than 128 MiB")

// window is the part of a file that is in memory. A line that is longer than a block gets a buffer of its own, of
// exactly its size where the file is plain, and only once the line is complete.
type window struct {
	src    io.ReaderAt
	plain  bool
	off    int64  // of buf[lo] in the file
	buf    []byte // block, or the buffer of a long line
	lo, hi int    // what was read and not yet taken
	seen   int    // buf[lo:seen] holds no newline
	ahead  int64  // up to this offset in the file there is no newline behind buf[hi]
	short  bool   // the last read came to the end of the file: the next needs no system call to tell
	nuls   int64  // NULs that were dropped at the beginning of the line
	block  []byte
	limit  int64 // of a line: maxLine

	room  inputs.Room
	shelf *shelf
	whose func() (file identity, opened inode, ok bool) // what src is; not ok: that can't be told for sure
	taken *shelved                                      // what buf is of, where it belongs to other readers, too
}

// reset makes the window look at the file from an offset on.
func (w *window) reset(src io.ReaderAt, plain bool, off int64) {
	if w.block == nil {
		w.block, w.limit = make([]byte, blockSize), maxLine
	}
	if len(w.buf) > len(w.block) {
		w.shrink()
	}
	*w = window{src: src, plain: plain, off: off, buf: w.block, block: w.block, limit: w.limit, room: w.room, shelf: w.shelf, whose: w.whose}
}

// shrink lets go of the buffer of a long line.
func (w *window) shrink() {
	w.use(w.block, nil)
	w.leaveRoom()
}

// use makes another buffer that of the window: one of its own, or that of a line on the shelf.
func (w *window) use(buf []byte, shared *shelved) {
	switch {
	case w.taken != nil:
		w.shelf.give(w.taken)
	case cap(w.buf) > cap(w.block):
		buffers.Put(w.buf)
	}
	w.buf, w.taken = buf, shared
}

func (w *window) takeRoom(size int) error {
	if w.room == nil {
		return nil
	}
	if err := w.room.Take(size); err != nil {
		return noRoomError{err}
	}
	return nil
}

func (w *window) leaveRoom() {
	if w.room != nil {
		w.room.Give()
	}
}

// line takes the next complete line, without its newline; it is valid until fill is called.
func (w *window) line() ([]byte, bool) {
	i := bytes.IndexByte(w.buf[w.seen:w.hi], '\n')
	if i < 0 {
		w.seen = w.hi
		return nil, false
	}
	line := w.buf[w.lo : w.seen+i]
	w.take(len(line) + 1)
	return line, true
}

// take drops the first n bytes.
func (w *window) take(n int) {
	w.lo += n
	w.off += int64(n)
	w.seen = w.lo
}

// untake is the opposite, for bytes that were just taken.
func (w *window) untake(n int) { w.take(-n) }

// rest is what there is of an incomplete line.
func (w *window) rest() []byte { return w.buf[w.lo:w.hi] }

// end is the offset up to which the window has looked.
func (w *window) end() int64 { return max(w.off+int64(w.hi-w.lo), w.ahead) }

// fill reads on. It returns io.EOF if there is nothing more at present.
func (w *window) fill() error {
	w.dropNULs()
	w.makeRoom()
	if w.hi == len(w.buf) {
		return w.long()
	}
	if w.short {
		w.short = false
		return io.EOF
	}
	n, err := w.src.ReadAt(w.buf[w.hi:], w.off+int64(w.hi-w.lo))
	w.hi += n
	if n > 0 && (err == nil || err == io.EOF) {
		w.short = err == io.EOF
		return nil
	}
	return err
}

// dropNULs passes over the NULs that a line begins with: what a crash or a truncation under a writer leaves.
func (w *window) dropNULs() {
	n := w.hi - w.lo - len(bytes.TrimLeft(w.rest(), "\x00"))
	w.take(n)
	w.nuls += int64(n)
}

// blocksFor is the least size of a growing buffer that holds so much.
func (w *window) blocksFor(n int) int {
	size := len(w.block)
	for size < n {
		size *= 2
	}
	return size
}

func (w *window) makeRoom() {
	rest := w.rest()
	shrink := len(rest) < len(w.block) && len(w.buf) > len(w.block) // the long line is gone
	if w.lo == 0 && !shrink {
		return
	}
	switch { // who lets go of a buffer has taken out of it what is needed: it may be another reader's at once
	case shrink:
		copy(w.block, rest)
		w.shrink()
	case len(w.buf) > len(w.block): // so it is here, but the next one has begun
		buf := make([]byte, w.blocksFor(len(rest)))
		copy(buf, rest)
		w.use(buf, nil)
		w.leaveRoom()
	default:
		copy(w.buf, rest)
	}
	w.lo, w.hi, w.seen = 0, len(rest), max(0, w.seen-w.lo)
}
