package file

import (
	"bytes"
	"io"

	"github.com/auditship/auditship/inputs"
)

// tornLine hands out what is left of a file that was closed in the middle of a line.
func (r *reader) tornLine() (rec inputs.Record, again bool, err error) {
	for _, e := range r.files.entries {
		if !e.torn() || e.corrupt || !e.Truncated && !r.files.closed(e) {
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
