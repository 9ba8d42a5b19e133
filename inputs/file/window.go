package file

import (
	"bytes"
	"errors"
	"io"
	"runtime"

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
	if w.taken != nil {
		w.shelf.give(w.taken)
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

func (w *window) makeRoom() {
	rest := w.rest()
	shrink := len(rest) < len(w.block) && len(w.buf) > len(w.block) // the long line is gone
	if w.lo == 0 && !shrink {
		return
	}
	if shrink {
		w.shrink()
	} else if w.taken != nil {
		w.use(make([]byte, len(w.buf)), nil) // nobody may change what others see
	}
	copy(w.buf, rest)
	w.lo, w.hi, w.seen = 0, len(rest), max(0, w.seen-w.lo)
}

// long reads on in a line that fills the whole buffer.
func (w *window) long() error {
	size := 2 * len(w.buf) // a compressed file can't be looked at twice
	if w.plain {
		end, err := w.findEnd()
		if err != nil {
			return err
		}
		size = int(end - w.off)
	}
	if int64(size) > max(w.limit, 2*blockSize) {
		return errLineTooLong
	}
	if w.plain && size >= largeLine && w.whose != nil {
		if file, opened, ok := w.whose(); ok {
			return w.share(place{file, opened, w.off, w.off + int64(size)})
		}
	}
	return w.grow(size)
}

// share has the whole of a line on the shelf for its buffer.
func (w *window) share(at place) error {
	if err := w.takeRoom(int(at.to - at.from)); err != nil {
		return err
	}
	line, err := w.shelf.take(at, func(text []byte) error {
		n, err := w.src.ReadAt(text, at.from)
		if n == len(text) {
			err = nil
		}
		return err
	})
	if err != nil {
		w.leaveRoom()
		return err
	}
	w.seen = len(w.rest())
	w.use(line.text, line)
	w.lo, w.hi = 0, len(w.buf)
	return nil
}

// noRoomError is what Room.Take said. All is as it was before.
type noRoomError struct{ error }

func (w *window) grow(size int) error {
	if err := w.takeRoom(size); err != nil {
		return err
	}
	buf := newLong(size)
	w.hi = copy(buf, w.rest())
	w.lo, w.seen = 0, w.hi
	w.use(buf, nil)
	n, err := w.src.ReadAt(buf[w.hi:], w.off+int64(w.hi))
	w.hi += n
	if n > 0 && err == io.EOF {
		err = nil
	}
	return err
}

// newLong makes a buffer for a long line.
func newLong(size int) []byte {
	if size >= hugeLine {
		runtime.GC() // the huge line before this one may be garbage that nobody has collected yet
	}
	return make([]byte, size)
}

// findEnd looks for the end of the line in the file, without keeping what it reads.
func (w *window) findEnd() (int64, error) {
	w.ahead = w.end()
	block := make([]byte, blockSize)
	for w.ahead-w.off <= w.limit {
		n, err := w.src.ReadAt(block, w.ahead)
		if i := bytes.IndexByte(block[:n], '\n'); i >= 0 {
			return w.ahead + int64(i) + 1, nil
		}
		w.ahead += int64(n)
		if err != nil {
			return 0, err
		}
	}
	return 0, errLineTooLong
}

// skipLine gives up the line that is too long. It returns io.EOF if the line has no end yet.
func (w *window) skipLine() error {
	end, err := w.end(), error(nil)
	block := make([]byte, blockSize)
	for err == nil {
		var n int
		n, err = w.src.ReadAt(block, end)
		if i := bytes.IndexByte(block[:n], '\n'); i >= 0 {
			w.reset(w.src, w.plain, end+int64(i)+1)
			return nil
		}
		end += int64(n)
	}
	w.ahead = end
	return err
}
