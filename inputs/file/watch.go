package file

import (
	"context"
	"slices"
	"time"
)

// A slow log is left to gather events for a while: the kernel merges equal ones that nobody fetches, so it costs a few
// wake-ups a second. One that grows fast may rotate at any moment, and then the guard has to be quick. While no reader waits
// for more, events gather longer: a pipeline that sleeps through its linger reads what there is when it is over. But not
// when the log has rotated lately, since it may be small, or when somebody is behind, whose files have to be guarded.
const (
	unaskedPause = 600 * time.Millisecond
	slowPause    = 10 * time.Millisecond
	fastPause    = 2 * time.Millisecond
	fastGrowth   = 4 << 20 // bytes a second
	alertFor     = 10 * time.Second
	lately       = time.Second
)

// Run wakes the readers when something is written, and keeps what they have not committed from deletion: it links the
// log, and backups that somebody needs, into the directory .auditship beside it, and removes a link when every pipeline
// is past the file and the file is not the log any more. Where links are impossible it keeps files open, and copies them
// into the state directory when they are deleted. Without inotify the readers look every second. When ctx ends it
// releases all that is committed by then; what is not stays guarded until the next start.
func (in *Input) Run(ctx context.Context) error {
	g := newGuard(in)
	g.stopping = func() bool { return ctx.Err() != nil }
	g.claim = &claim{in: in}
	g.claim.take()
	g.sweep()
	defer g.stop()
	defer in.guarding.Store(false)
	defer in.calm.Store(false)
	for {
		g.watcher.open()
		in.guarding.Store(g.pass())
		if g.news != nothing {
			in.broadcast(g.news == changed)
			g.news = nothing
		}
		in.calm.Store(g.calm() && !in.blind)
		in.woken = in.sys.Now() // passes do not follow one another without a pause
		if !in.await(ctx, &g.watcher) {
			g.finish()
			return nil
		}
	}
}

// await returns when the guard has to look again, and false when ctx ended.
func (in *Input) await(ctx context.Context, w *watcher) bool {
	every := pollEvery
	if in.calm.Load() {
		every = calmEvery
	}
	poll, stop := in.sys.After(every)
	defer func() { stop() }()
	for ctx.Err() == nil {
		if w.unread != nothing {
			if in.gather(ctx, w) == changed {
				return true
			}
			if every > pollEvery { // it is calm no more
				stop()
				every = pollEvery
				poll, stop = in.sys.After(every)
			}
		}
		select {
		case <-ctx.Done():
		case <-poll:
			in.doubt(w)
			return true
		case <-w.ready():
			in.leave(ctx)
			w.mark()
		}
	}
	return false
}

// doubt ends the trust in inotify where the log has changed and nothing told so.
func (in *Input) doubt(w *watcher) {
	if !in.calm.Load() {
		return
	}
	i, _ := in.sys.Stat(in.cfg.Path)
	w.mark()
	if w.unread == nothing && (i.inode != in.last.inode || i.size != in.last.size || !i.mtime.Equal(in.last.mtime)) {
		in.blind = true
		in.broadcast(true)
	}
}

// leave leaves events where they are, if nothing hurries: equal ones that nobody has fetched become one, and wake nobody.
func (in *Input) leave(ctx context.Context) {
	if !in.atEase {
		return
	}
	in.rest(ctx, slowPause, nil)
	for in.waiting.Load() == 0 && in.rest(ctx, unaskedPause, in.wanted) {
	}
}

// gather waits until the last wake-up is long enough ago, and wakes the readers once for all that happened until then.
func (in *Input) gather(ctx context.Context, w *watcher) news {
	pause := in.pause
	if w.unread == changed {
		pause = fastPause
	}
	in.rest(ctx, pause, nil)
	n := w.take()
	if in.rotated() {
		n = changed
	}
	in.calm.Store(false)
	in.broadcast(n == changed)
	return n
}

// rest lets so much time pass since the last wake-up, so that the first event after a while is not delayed. It returns true
// when something came early.
func (in *Input) rest(ctx context.Context, pause time.Duration, early <-chan struct{}) bool {
	pause = min(pause, pause-in.sys.Now().Sub(in.woken))
	if pause <= 0 {
		return false
	}
	rested, stop := in.sys.After(pause)
	defer stop()
	select {
	case <-early:
		return true
	case <-rested:
	case <-ctx.Done():
	}
	return false
}

// rotated tells whether the log is another file than at the last event, which may be far behind in a busy queue, and sets
// the next pause by how fast it has grown since then.
func (in *Input) rotated() bool {
	i, _ := in.sys.Stat(in.cfg.Path)
	now := in.sys.Now()
	grown, rotated, since := i.size-in.last.size, i.inode != in.last.inode, now.Sub(in.lastAt)
	if rotated { // or seen for the first time, so that it may do so often
		in.alert = now
	}
	in.pause = slowPause
	if rotated || float64(grown) > fastGrowth*since.Seconds() {
		in.pause = fastPause
	}
	in.atEase = in.pause == slowPause && now.Sub(in.alert) >= alertFor && in.followed(now)
	in.last, in.lastAt, in.woken = i, now, now
	return rotated
}

// followed tells whether every reader waits for more, or has done so lately. What others still need may be deleted.
func (in *Input) followed(now time.Time) bool {
	since := now.Add(-lately).UnixNano()
	return !slices.ContainsFunc(in.all(), func(r *reader) bool { return r.waited.Load() < since })
}

// news is what an event tells, the more the higher.
type news uint8

const (
	nothing news = iota // of this log: its directory may hold those of busier programs
	grown               // the log
	changed             // what files there are, or which
)

func (in *Input) newsOf(e event) news {
	n := parseName(in.base(), e.file)
	switch {
	case n.kind == live && e.op == written:
		return grown
	case n.kind == noLog && e.file != guardDir:
		return nothing
	case n.gz && e.op == written: // it counts when the plain file is removed
		return nothing
	}
	return changed
}
