package file

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// patience is how long a backup that can't be looked at holds up what may be newer: too many files may be open, say. The order
// of the log is worth that, but not that nothing is delivered any more.
const patience = 10 * time.Second

// turn goes over to the next file.
func (r *reader) turn() (again bool, err error) {
	e := r.next()
	if e == nil || e == r.cur {
		return e != nil, nil
	}
	if !r.hidden.IsZero() && r.in.sys.Now().Sub(r.hidden).Abs() < patience {
		return false, nil // what can't be looked at may be older
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
	if e.Done || len(e.places) > 0 && !e.Live && !e.unread() && !e.torn() {
		e.close()
	}
}

// open opens a file at its best place, if it is still there.
func (r *reader) open(e *entry) error {
	if e.handle != nil {
		return nil
	}
	place := e.best()
	h, err := r.lister.openListed(place)
	if err != nil {
		return err
	}
	e.handle, e.zipped, e.opened = h, place.gz, place.info.inode
	return nil
}
