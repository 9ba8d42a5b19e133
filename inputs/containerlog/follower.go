package containerlog

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/cri"
	"github.com/auditship/auditship/inputs/file"
	"github.com/auditship/auditship/inputs/spool"
	"github.com/auditship/auditship/inputs/stdout"
)

// retryEvery is how soon it is tried again to read a log, or to store what was read.
const retryEvery = time.Second

// follower brings the events of one log into the spool. All but look and over belongs to the goroutine of run.
type follower struct {
	in     *Input
	ctx    context.Context
	path   string
	start  inputs.Start
	places *positions
	source *file.Input

	reader   inputs.Reader
	joiner   cri.Joiner
	streams  [2]*stdout.Splitter
	records  *spool.Gatherer
	position inputs.Cursor // behind the last line of which nothing waits
	saved    time.Time

	seen  stamp
	quiet int             // looks for which nothing changed
	there context.Context // ends when the log is gone
	gone  context.CancelFunc
	ended atomic.Bool
}

// stamp tells one state of a log from another.
type stamp struct {
	size  int64
	mtime time.Time
	there bool
}

func newFollower(ctx context.Context, in *Input, path string, start inputs.Start, places *positions) *follower {
	f := &follower{in: in, ctx: ctx, path: path, start: start, places: places, seen: stamp{there: true}}
	f.there, f.gone = context.WithCancel(ctx)
	f.source = file.New(file.Config{Path: path, Start: start}, in.log, in.count)
	f.records = in.Gather(func(err error) {
		in.log.Error("store events of a container log; it is not read further meanwhile", "log", path, "error", err)
	})
	for i := range f.streams {
		f.streams[i] = &stdout.Splitter{Event: f.records.Add, Other: in.rest.write}
	}
	return f
}

// goneAfter is for how many looks a log must be away: kubelet renames it before the runtime makes a new one.
const goneAfter = 25

// look wakes the reader when the log changed, and ends it when the log stays away.
func (f *follower) look() {
	info, err := os.Stat(f.path)
	now := stamp{there: err == nil || !errors.Is(err, fs.ErrNotExist)}
	if err == nil {
		now.size, now.mtime = info.Size(), info.ModTime()
	}
	if now != f.seen {
		f.seen, f.quiet = now, 0
		f.source.Wake()
		return
	}
	if f.quiet++; !now.there && f.quiet > goneAfter {
		f.gone()
	}
}

// over tells whether the follower has ended.
func (f *follower) over() bool { return f.ended.Load() }

// run follows the log until it is gone, or ctx ends, or all is read that is there now.
func (f *follower) run() {
	defer f.ended.Store(true)
	defer f.gone()
	if !f.open() {
		return
	}
	defer f.reader.Close()
	for {
		err := f.fill()
		if over := errors.Is(err, io.EOF); over {
			f.finish()
			return
		}
		if !f.store() {
			return
		}
	}
}

func (f *follower) open() bool {
	o := inputs.Options{Pipeline: "spool", Cursor: f.places.of(f.path), Start: f.start, Once: f.in.once}
	if o.Cursor != nil && f.deleted() {
		f.lose(&inputs.GapError{File: filepath.Base(f.path), From: -1, To: -1, Last: time.Now(), Reason: "container log deleted while nobody followed it, and perhaps not read to its end"})
		f.forget()
		return false
	}
	r, err := f.source.Open(o)
	if err != nil { // a cursor that can't be read
		f.in.log.Error("follow container log from its beginning: what was stored lately is known", "log", f.path, "error", err)
		o.Cursor = nil
		r, err = f.source.Open(o)
	}
	if err != nil {
		f.in.log.Error("follow container log", "log", f.path, "error", err)
		return false
	}
	f.reader, f.position = r, r.Cursor()
	return true
}

// fill takes lines until there are enough events or no more lines; it waits for the first. io.EOF: there will be none.
func (f *follower) fill() error {
	for wait := f.there; !f.records.Full(); {
		rec, err := f.reader.Next(wait)
		var gap *inputs.GapError
		switch {
		case err == nil:
			f.take(rec.Data)
			wait = inputs.Ended
		case errors.As(err, &gap):
			f.lose(gap)
		case errors.Is(err, context.Canceled) && wait == inputs.Ended: // no more for now
			return nil
		case errors.Is(err, context.Canceled), errors.Is(err, io.EOF), f.there.Err() != nil:
			return io.EOF
		default:
			f.in.log.Warn("read container log", "log", f.path, "error", err)
			inputs.Pause(f.ctx, retryEvery)
		}
	}
	return nil
}

// take takes a line of the file.
func (f *follower) take(line []byte) {
	stream := cri.Stdout
	if f.in.cfg.Format == CRI {
		content, from, complete, err := f.joiner.Add(line)
		if err != nil {
			f.in.count("foreign_line")
			f.in.rest.write(line)
			return
		}
		if !complete {
			return
		}
		line, stream = content, from
	}
	f.streams[stream].Add(line)
	if f.joiner.Idle() && f.streams[cri.Stdout].Idle() && f.streams[cri.Stderr].Idle() {
		f.position = f.reader.Cursor()
	}
}

// store brings what was taken into the spool, and waits for room there.
func (f *follower) store() bool {
	return f.records.Store(f.ctx) && f.save(f.ctx.Err() != nil)
}

// save keeps the position, not more often than once a second.
func (f *follower) save(now bool) bool {
	if time.Since(f.saved) < time.Second && !now {
		return true
	}
	if err := f.places.save(f.path, f.position); err != nil {
		f.in.log.Error("keep the position in a container log", "log", f.path, "error", err)
	}
	f.saved = time.Now()
	f.reader.Commit(f.position)
	return f.ctx.Err() == nil
}

// lose tells all pipelines of a gap, behind what comes before it.
func (f *follower) lose(gap *inputs.GapError) {
	f.in.count("container_log_gap")
	f.in.log.Error("events in a container log are lost", "log", f.path, "gap", gap)
	if f.reader != nil && !f.store() {
		return
	}
	for f.in.AppendGap(context.WithoutCancel(f.ctx), gap) != nil && inputs.Pause(f.ctx, retryEvery) {
	}
}

// finish stores what is left. Of a log that is gone nothing more will come, so what waits for its end is given as it is.
func (f *follower) finish() {
	if (f.ctx.Err() != nil || f.in.once) && !f.deleted() {
		f.store()
		f.save(true)
		return
	}
	for i, s := range f.streams {
		if half := f.joiner.Flush(cri.Stream(i)); half != nil {
			s.Add(half)
		}
		s.Flush()
	}
	if f.store(); f.records.Empty() {
		f.forget()
	}
}

// deleted tells whether the log went with its directory, as a pod's does.
func (f *follower) deleted() bool {
	_, err := os.Stat(filepath.Dir(f.path))
	return errors.Is(err, fs.ErrNotExist)
}

func (f *follower) forget() {
	if err := f.places.drop(f.path); err != nil {
		f.in.log.Warn("forget the position in a container log that is gone", "log", f.path, "error", err)
	}
}
