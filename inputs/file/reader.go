package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/inputs"
)

// reader is one pipeline's way through the log. All but what is atomic belongs to the goroutine that calls Next.
type reader struct {
	in      *Input
	o       inputs.Options
	lister  *lister
	files   catalogue
	cur     *entry // what is being read; nil: nothing
	win     window // on cur
	started bool   // the log was looked at
	aimed   bool   // all of it, so that it is known where inputs.Options.Once ends
	settled bool   // nothing was read since the last look
	trouble error  // of the last look
	told    bool   // Next returned it
	nextAt  time.Time
	hidden  time.Time // since when there is a backup that can't be looked at; zero: there is none
	holding *[]found  // what the guard held open before the last look

	states  []fileState // of files, until they change
	cursors []cursor    // to be handed out: one allocation for many

	woken     chan struct{} // something was written
	waited    atomic.Int64  // when it last waited for that, in Unix nanoseconds; the highest number: it does
	stale     atomic.Bool   // something happened in the directory: look at it
	committed atomic.Pointer[cursor]
	position  atomic.Pointer[cursor] // of Next, a block behind at most
	untilLoss atomic.Uint64          // a float64's bits, from Input.Run
}

// Next returns the next record. What is in memory is returned without a look at ctx.
func (r *reader) Next(ctx context.Context) (inputs.Record, error) {
	for {
		if rec, ok := r.buffered(); ok {
			return rec, nil
		}
		rec, again, err := r.step()
		if err != nil || rec.Torn != "" {
			return rec, err
		}
		if again {
			continue
		}
		if err := r.wait(ctx); err != nil {
			return inputs.Record{}, err
		}
	}
}

// buffered takes the next record from memory. Empty lines are no records.
func (r *reader) buffered() (inputs.Record, bool) {
	if r.cur == nil {
		return inputs.Record{}, false
	}
	for {
		line, ok := r.win.line()
		if !ok {
			return inputs.Record{}, false
		}
		torn := ""
		if i := bytes.IndexByte(line, 0); i >= 0 {
			line, torn = r.cutAtNUL(line, i), "NUL bytes inside the line"
		}
		if r.win.nuls > 0 {
			r.in.notice("nul_bytes", r.cur.Name, "skip NUL bytes", "offset", r.cur.Offset, "bytes", r.win.nuls)
			r.win.nuls = 0
		}
		r.cur.Offset = r.win.off
		if len(line) > 0 {
			return inputs.Record{Data: line, Torn: torn}, true
		}
	}
}

// HandOver is for records that have needed a buffer of their own.
func (r *reader) HandOver() bool { return r.win.handOver() }

var _ inputs.HandsOver = (*reader)(nil)

// cutAtNUL gives back what is behind the NULs of a line: no JSON holds any, so there begins what was written after a
// crash, or after a truncation under a writer that keeps its offset.
func (r *reader) cutAtNUL(line []byte, i int) []byte {
	rest := bytes.TrimLeft(line[i:], "\x00")
	r.win.untake(len(rest) + 1)
	r.in.notice("nul_bytes", r.cur.Name, "skip NUL bytes", "offset", r.cur.Offset+int64(i), "bytes", len(line)-i-len(rest))
	return line[:i]
}

// maxLooks is how many looks at the directory may follow one another before something is read: where files change all the
// time there would always be cause for one more.
const maxLooks = 3

// step gets more into memory or something else to tell. Without either, and without again, there is nothing at present.
func (r *reader) step() (rec inputs.Record, again bool, err error) {
	for looks := 0; looks < maxLooks && (r.stale.Swap(false) || !r.in.sys.Now().Before(r.nextAt)); looks++ {
		r.look()
	}
	if r.o.Once && r.satisfied() {
		return rec, false, io.EOF
	}
	if r.cur != nil {
		if again, err := r.read(); again || err != nil {
			return rec, again, err
		}
	}
	if log := r.files.log(); log != nil && log != r.cur {
		log.measure() // the last look found it empty, say, and who wakes the reader knows only that it grew
	}
	if gap := r.gap(); gap != nil {
		return rec, false, gap
	}
	if rec, again, err = r.tornLine(); again || err != nil || rec.Torn != "" {
		return rec, again, err
	}
	if again, err := r.turn(); again || err != nil {
		return rec, again, err
	}
	return rec, r.stale.Load(), r.idle()
}

// idle tells what there is to tell when nothing is to be read.
func (r *reader) idle() error {
	if r.trouble != nil {
		if r.told {
			return nil
		}
		r.told = true
		return r.trouble
	}
	if r.o.Once {
		if r.settled {
			return io.EOF
		}
		r.stale.Store(true)
	}
	return nil
}

// wait returns when there may be more.
func (r *reader) wait(ctx context.Context) error {
	select {
	case <-r.woken:
		return nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	poll, stop := r.in.sys.After(r.nextAt.Sub(r.in.sys.Now()))
	defer stop()
	r.waited.Store(math.MaxInt64)
	r.in.waiting.Add(1)
	signal(r.in.wanted)
	defer func() {
		r.in.waiting.Add(-1)
		r.waited.Store(r.in.sys.Now().UnixNano())
	}()
	select {
	case <-r.woken:
	case <-poll:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// wake is called from other goroutines.
func (r *reader) wake(stale bool) {
	if stale {
		r.stale.Store(true)
	}
	signal(r.woken)
}

// signal sends to a channel that has room for one, and does not wait.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// Cursor is the position behind the last record.
func (r *reader) Cursor() inputs.Cursor {
	if r.states == nil {
		r.states = r.files.states()
	}
	c := cursor{files: r.states, at: -1}
	if !r.started && r.o.Cursor == nil {
		c.start = r.o.Start
	}
	if r.cur != nil {
		c.at, c.offset, c.size = r.files.index(r.cur), r.cur.Offset, max(r.cur.Size, r.cur.most)
	}
	if len(r.cursors) == 0 {
		r.cursors = make([]cursor, 64)
	}
	out := &r.cursors[0]
	r.cursors = r.cursors[1:]
	*out = c
	return out
}

// Commit lets the guard let go of what lies before the cursor.
func (r *reader) Commit(c inputs.Cursor) {
	if c, ok := c.(*cursor); ok {
		r.committed.Store(c)
	}
}

// publish lets Lag know how far Next came.
func (r *reader) publish() { r.position.Store(r.Cursor().(*cursor)) }

// Lag is exact up to a block and to the last look of Input.Run or of this reader, also while nobody calls Next. How
// SecondsUntilLoss is estimated, the type forecast tells.
func (r *reader) Lag() inputs.Lag {
	var files []found
	if list := r.in.listed.Load(); list != nil {
		files = list.files
	}
	return inputs.Lag{Bytes: r.position.Load().account(files).unread, SecondsUntilLoss: math.Float64frombits(r.untilLoss.Load())}
}

// Close lets go of all files. What the reader did not commit stays guarded.
func (r *reader) Close() error {
	var errs []error
	for _, e := range r.files.entries {
		errs = append(errs, e.close())
	}
	r.cur = nil
	r.win.reset(nil, false, 0)
	return errors.Join(errs...)
}
