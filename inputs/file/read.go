package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/auditship/auditship/inputs"
)

// read gets more of the current file into memory. Without an error and without again its present end is reached.
func (r *reader) read() (again bool, err error) {
	err = r.win.fill()
	if err == nil {
		same, verr := r.same()
		if verr != nil {
			return false, verr
		}
		if !same {
			return true, nil
		}
		if r.filledIn() {
			return true, r.begin(r.cur)
		}
	}
	switch {
	case err == nil && !r.cur.Whole:
		r.settled, r.states = false, nil
		err := r.identify()
		return err == nil, err
	case err == nil:
		r.settled = false
		r.publish()
		return true, nil
	case err == io.EOF:
		return r.atEnd()
	}
	return r.failed(err)
}

// identify learns the beginning of the current file from what was just read of it, as long as nothing was taken of that: the
// file itself may be truncated by now.
func (r *reader) identify() error {
	e := r.cur
	if e.Offset > 0 || e.zipped || e.Truncated {
		return e.identify(r.lister.scratch)
	}
	return e.grow(bytes.NewReader(r.win.rest()), r.win.off, r.lister.scratch)
}

// same makes sure that what was just read is of this file: somebody may have truncated it and written anew.
func (r *reader) same() (bool, error) {
	e := r.cur
	if e.zipped {
		return true, nil
	}
	ok, err := e.head.stands(e.handle, r.lister.scratch)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", e.Name, err)
	}
	if !ok {
		e.Truncated = true
		r.leave()
		e.close()
		r.stale.Store(true)
	}
	return ok, nil
}

// filledIn tells whether there is something now where NULs were passed over: what was read behind them is no beginning of a
// line. The file was truncated before it had a first line, or a network file system showed NULs where data were to come.
func (r *reader) filledIn() bool {
	if r.win.nuls == 0 || r.cur.zipped {
		return false
	}
	last := []byte{0}
	_, err := r.cur.handle.ReadAt(last, r.win.off-1)
	return err == nil && last[0] != 0
}

// failed deals with what can't be read.
func (r *reader) failed(err error) (again bool, _ error) {
	e := r.cur
	var corrupt *corruptError
	var noRoom noRoomError
	switch {
	case errors.As(err, &noRoom):
		return false, noRoom.error
	case errors.Is(err, errLineTooLong):
		return r.passOver()
	case errors.As(err, &corrupt):
		r.in.notice("corrupt_gzip", e.Name, "read gzip file", "error", err)
		e.corrupt = true
		r.leave()
		e.close()
		return true, nil
	}
	r.leave()
	e.close()
	return false, fmt.Errorf("read %s: %w", e.Name, err)
}

// passOver gives up a line that is too long.
func (r *reader) passOver() (again bool, err error) {
	e := r.cur
	from := e.Offset
	if err := r.win.skipLine(); err == io.EOF {
		e.looked, e.Size = r.win.end(), max(e.Size, r.win.end())
		return false, nil
	} else if err != nil {
		return r.failed(err)
	}
	e.Offset, r.states = r.win.off, nil
	r.in.notice("line_too_long", e.Name, "pass over a line", "from", from, "to", e.Offset)
	return false, &inputs.GapError{File: e.Name, From: from, To: e.Offset, First: e.First, Last: e.Last, Reason: errLineTooLong.Error()}
}

// atEnd is called when there is nothing more to read in the current file at present.
func (r *reader) atEnd() (again bool, err error) {
	e := r.cur
	end := r.win.end()
	if !e.zipped {
		if again, err := r.beyond(end); again || err != nil {
			return again, err
		}
	}
	elsewhere := len(e.places) > 0 && e.best().size > end && e.best().info.inode != e.opened // this was a shorter copy
	e.looked, e.Size = end, end
	r.publish()
	if elsewhere {
		e.looked, e.Size = -1, e.best().size
		r.stale.Store(true)
		r.leave()
		e.close()
		return true, nil
	}
	if r.win.nuls > 0 && len(r.win.rest()) == 0 {
		err = r.begin(e) // a network file system may show NULs where data will be: look at them again
		e.looked = end
	}
	r.finish(e)
	return false, err
}

// beyond tells whether the file that was just read has not ended there.
func (r *reader) beyond(end int64) (again bool, err error) {
	i, err := r.cur.handle.Stat()
	switch {
	case err != nil:
		return false, fmt.Errorf("stat %s: %w", r.cur.Name, err)
	case i.size > end:
		return true, nil
	case i.size == end && r.cur.Size <= end:
		return false, nil
	}
	same, err := r.same() // it has no end, if it was truncated
	if same && i.size < end {
		r.shrunk(i.size)
		return true, nil
	}
	return !same && err == nil, err
}

// shrunk deals with a file that lost its end but not its beginning, as after a power failure: what is written now is new.
func (r *reader) shrunk(size int64) {
	e := r.cur
	if size < e.Offset {
		r.in.notice("shrunk", e.Name, "file lost its end, which was read before", "from", size, "to", e.Offset)
		e.Offset = size
	}
	e.Size, e.looked, r.states = size, -1, nil
	r.begin(e)
}
