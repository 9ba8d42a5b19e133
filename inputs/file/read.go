package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/auditship/auditship/inputs"
)

// read gets more of the current file into memory. Without an error and without again its present end is reached.
func (r *reader) read() (again bool, err error) {
	before := r.cur.Offset
	err = r.win.fill()
	if err == nil || err == io.EOF {
		same, verr := r.same()
		if verr != nil {
			return false, verr
		}
		if !same {
			return true, nil
		}
	}
	switch {
	case err == nil && !r.cur.Whole:
		r.settled, r.states = false, nil
		err := r.cur.identify(r.lister.scratch)
		return err == nil, err
	case err == nil:
		r.settled = false
		r.lag.Add(before - r.cur.Offset)
		return true, nil
	case err == io.EOF:
		return r.atEnd()
	}
	return r.failed(err)
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
		e.truncated = true
		r.leave()
		e.close()
		r.stale.Store(true)
	}
	return ok, nil
}

// failed deals with what can't be read.
func (r *reader) failed(err error) (again bool, _ error) {
	e := r.cur
	var corrupt *corruptError
	switch {
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
		i, err := e.handle.Stat()
		if err != nil {
			return false, fmt.Errorf("stat %s: %w", e.Name, err)
		}
		if i.size < end {
			r.shrunk(i.size)
			return true, nil
		}
		if i.size > end {
			return true, nil
		}
	}
	elsewhere := len(e.places) > 0 && !e.best().gz && e.best().size > end && e.Size > end
	e.looked, e.Size, r.states = end, end, nil
	r.count()
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

// turn goes over to the next file.
func (r *reader) turn() (again bool, err error) {
	e := r.next()
	if e == nil || e == r.cur {
		return e != nil, nil
	}
	r.leave()
	return r.enter(e)
}

func (r *reader) enter(e *entry) (again bool, err error) {
	if e.handle != nil && e.zipped && len(e.places) > 0 && !e.best().gz {
		e.close()
	}
	if err := r.open(e); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errMoved) {
			r.stale.Store(true)
			return true, nil
		}
		return false, err
	}
	return true, r.begin(e)
}

func (r *reader) begin(e *entry) error {
	src, err := e.source()
	if err != nil {
		return fmt.Errorf("read %s: %w", e.Name, err)
	}
	r.cur, e.looked, r.states = e, -1, nil
	r.win.reset(src, !e.zipped, e.Offset)
	return nil
}

// leave stops reading the current file. It stays open if it has no name any more, or is the log.
func (r *reader) leave() {
	e := r.cur
	if e == nil {
		return
	}
	r.cur, r.states = nil, nil
	r.win.reset(nil, false, 0)
	if e.Done || len(e.places) > 0 && !e.Live && !e.unread() {
		e.close()
	}
}

var errMoved = errors.New("file was renamed meanwhile")

// open opens a file at its best place, if it is still there.
func (r *reader) open(e *entry) error {
	if e.handle != nil {
		return nil
	}
	place := e.best()
	h, err := r.in.sys.Open(place.path)
	if err != nil {
		return err
	}
	i, err := h.Stat()
	if err == nil && i.inode != place.info.inode {
		err = errMoved
	}
	if err != nil {
		return errors.Join(err, h.Close())
	}
	e.handle, e.zipped = h, place.gz
	return nil
}

// tornLine hands out what is left of a file that was closed in the middle of a line.
func (r *reader) tornLine() (rec inputs.Record, again bool, err error) {
	for _, e := range r.files.entries {
		if !e.torn() || e.corrupt || !e.truncated && !r.files.closed(e) {
			continue
		}
		if e != r.cur {
			r.leave()
			again, err = r.enter(e) // once more to its end
			return rec, again, err
		}
		return r.takeRest()
	}
	return rec, false, nil
}

func (r *reader) takeRest() (rec inputs.Record, again bool, err error) {
	e := r.cur
	n := r.win.end() - r.win.off
	if n > r.win.limit {
		gap := e.gap(e.Size, errLineTooLong.Error())
		e.Offset, r.states = e.Size, nil
		return rec, false, gap
	}
	if n > int64(len(r.win.rest())) {
		if err := r.win.grow(int(n)); err != nil && err != io.EOF {
			again, err = r.failed(err)
			return rec, again, err
		}
	}
	rec = inputs.Record{Data: bytes.TrimRight(r.win.rest(), "\x00"), Torn: "file closed without newline"}
	if i := bytes.IndexByte(rec.Data, 0); i >= 0 { // the rest comes with the next call
		rec = inputs.Record{Data: rec.Data[:i], Torn: "NUL bytes inside the line"}
		r.win.take(i)
		e.Offset, r.states = r.win.off, nil
		return rec, false, nil
	}
	r.win.take(len(r.win.rest()))
	e.Offset, r.states = e.Size, nil
	r.finish(e)
	if len(rec.Data) == 0 {
		return inputs.Record{}, true, nil
	}
	return rec, false, nil
}

// gap is a loss that was not told yet, of the oldest file first; nil: there is none.
func (r *reader) gap() *inputs.GapError {
	for _, e := range r.files.entries {
		if g := r.loss(e); g != nil {
			e.Done, e.truncated, e.given, r.states = true, false, "", nil
			if g.To >= 0 {
				e.Offset = max(e.Offset, g.To)
			}
			return g
		}
	}
	return nil
}

func (r *reader) loss(e *entry) *inputs.GapError {
	switch {
	case e.Done || e.readable() && (e.unread() || e.torn()) && !e.corrupt:
		return nil
	case e.truncated && (len(e.places) > 0 || e.missing > 1):
		return e.gap(-1, "truncated in place: what was written between the copy and the truncation is lost")
	case e.corrupt && (len(e.places) == 0 || e.best().gz):
		return e.gap(-1, "corrupt or truncated gzip file")
	case e.given != "" && !e.readable():
		if e.Size == 0 {
			return &inputs.GapError{File: e.Name, From: -1, To: -1, First: e.First, Last: e.Last, Reason: e.given}
		}
		return e.gap(e.Size, e.given)
	case e.missing < 2:
		return nil
	case e.handle == nil && e.Size > e.Offset && !e.Live:
		return e.gap(e.Size, "deleted before it was read")
	case e.handle == nil || e.Live && r.files.closed(e):
		return r.unseen(e)
	}
	return nil
}

// unseen is the loss of what may have been written after the last look: the file that was the log then is gone under
// any name, and with it perhaps others that nobody saw.
func (r *reader) unseen(e *entry) *inputs.GapError {
	g := e.gap(-1, "deleted, and perhaps its successors, before they were seen")
	g.First, g.Last = e.Last, r.in.sys.Now()
	for _, o := range r.files.entries[r.files.index(e)+1:] {
		if len(o.places) > 0 && !o.First.IsZero() {
			g.Last = o.First
			break
		}
	}
	return g
}
