package file

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/auditship/auditship/inputs"
)

// look brings the catalogue up to date with the directory.
func (r *reader) look() {
	r.holding = r.in.holding.Load() // before the listing, which shows what is copied by then
	list := r.lister.list()
	every := pollEvery
	if r.in.calm.Load() && list.sound() {
		every = calmEvery
	}
	r.nextAt = r.in.sys.Now().Add(every)
	list.trouble = errors.Join(list.trouble, r.files.identify())
	r.files.merge(list)
	r.trouble, r.told, r.settled, r.states = list.trouble, false, !list.moved, nil
	r.in.remark(list)
	if !r.started && (list.trouble == nil || r.o.Start != inputs.End) {
		r.start()
	}
	if !r.aimed && list.sound() {
		r.aim()
	}
	r.beginPatience(list)
	r.settle(list)
	if r.started {
		r.committed.CompareAndSwap(nil, r.Cursor().(*cursor))
	}
	r.hold()
	r.publish()
}

// settle is done with what is read to its end, and leaves what is not to be read now.
func (r *reader) settle(list listing) {
	for _, e := range r.files.entries {
		r.finish(e)
		if e.missing == 1 && !e.Done && list.sound() {
			r.stale.Store(true) // a listing can miss a file that is being renamed: look again
		}
	}
	r.dropTruncated()
	if next := r.next(); r.cur != nil && next != nil && next != r.cur {
		r.leave()
	}
}

// beginPatience notes since when there is a backup that can't be looked at.
func (r *reader) beginPatience(list listing) {
	switch {
	case !list.hidden:
		r.hidden = time.Time{}
	case r.hidden.IsZero():
		r.hidden = r.in.sys.Now()
	}
}

// dropTruncated closes handles whose content is gone: what is left is read from the copy, if there is one.
func (r *reader) dropTruncated() {
	for _, e := range r.files.entries {
		if !e.Truncated || e.handle == nil || e.zipped {
			continue
		}
		if same, err := e.head.stands(e.handle, r.lister.scratch); err == nil && same {
			continue
		}
		if e == r.cur {
			r.leave()
		}
		e.close()
	}
}

// start puts a reader without a checkpoint where it is to begin.
func (r *reader) start() {
	r.started = true
	for _, e := range r.files.entries {
		if r.o.Start == inputs.End && r.o.Cursor == nil {
			e.Offset = e.Size
			if e.Live {
				e.Offset = r.lastNewline(e)
			}
		}
	}
}

// aim notes where inputs.Options.Once is content.
func (r *reader) aim() {
	r.aimed = true
	for _, e := range r.files.entries {
		e.target = e.Size
	}
}

// lastNewline is the offset behind the last complete line.
func (r *reader) lastNewline(e *entry) int64 {
	if r.open(e) != nil {
		return e.Size
	}
	for end := e.Size; end > 0; {
		begin := max(0, end-blockSize)
		block := make([]byte, end-begin)
		n, err := e.handle.ReadAt(block, begin)
		if i := bytes.LastIndexByte(block[:n], '\n'); i >= 0 {
			return begin + int64(i) + 1
		}
		if err != nil && err != io.EOF {
			return e.Size
		}
		end = begin
	}
	return 0
}

// satisfied tells whether inputs.Options.Once has got what was there at the beginning.
func (r *reader) satisfied() bool {
	for _, e := range r.files.entries {
		at := e.Offset
		if e.isLog() {
			at = max(at, e.looked)
		}
		if !e.Done && (at < e.target || e.missing > 0 || e.Truncated) {
			return false
		}
	}
	return r.aimed && r.trouble == nil
}

// finish marks a file that is read to its end and left by its writer, so that its deletion is no loss.
func (r *reader) finish(e *entry) {
	if e.Done && e.Size > e.Offset && e.unread() {
		e.Done, r.states = false, nil // somebody wrote to it again
	}
	if e.Done || e.Truncated || e.Offset < e.Size || e.unread() || e.cut() || e.Live || r.left(e) || !r.files.closed(e) {
		return
	}
	if len(e.places) == 0 && e.handle == nil {
		return
	}
	e.Done, r.states = true, nil
	if e != r.cur {
		e.close()
	}
}
