package file

import (
	"bytes"
	"io"
	"runtime"

	"github.com/auditship/auditship/agent/buffers"
)

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

// handOver leaves the buffer of a long line to who has taken the line. Others read one that is shared, and where the next line has
// begun in it, it is still needed.
func (w *window) handOver() bool {
	if w.taken != nil || cap(w.buf) <= cap(w.block) || w.lo < w.hi {
		return false
	}
	w.buf, w.lo, w.hi, w.seen = w.block, 0, 0, 0
	w.leaveRoom()
	return true
}

// newLong makes a buffer for a long line. Its content is anything.
func newLong(size int) []byte {
	if size >= hugeLine {
		runtime.GC() // the huge line before this one may be garbage that nobody has collected yet
	}
	return buffers.Get(size)
}

// findEnd looks for the end of the line in the file, without keeping what it reads.
func (w *window) findEnd() (int64, error) {
	w.ahead = w.end()
	block := buffers.Get(blockSize)
	defer buffers.Put(block)
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
