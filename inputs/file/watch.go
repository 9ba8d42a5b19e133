package file

import (
	"context"
	"path/filepath"
	"runtime"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A slow log is left to gather events for a while: the kernel merges equal ones that nobody fetches, so it costs a few
// wake-ups a second. One that grows fast may rotate at any moment, and then the guard has to be quick.
const (
	slowPause  = 20 * time.Millisecond
	fastPause  = 2 * time.Millisecond
	fastGrowth = 256 << 10 // bytes since the last event
)

// Run wakes the readers when something is written, and keeps what they have not committed from deletion: it links the
// log, and backups that somebody needs, into the directory .auditship beside it, and removes a link when every pipeline
// is past the file and the file is not the log any more. Where links are impossible it keeps files open, and copies them
// into the state directory when they are deleted. Without inotify the readers look every second. When ctx ends it
// releases all that is committed by then; what is not stays guarded until the next start.
func (in *Input) Run(ctx context.Context) error {
	g := newGuard(in)
	g.stopping = func() bool { return ctx.Err() != nil }
	g.sweep()
	defer g.stop()
	defer in.guarding.Store(false)
	var w *fsnotify.Watcher
	defer func() { closeWatcher(w) }()
	for {
		if w != nil && len(w.WatchList()) == 0 { // the directory was removed or mounted over
			closeWatcher(w)
			w = nil
		}
		if w == nil {
			w = in.watch()
		}
		in.guarding.Store(g.pass())
		if !in.await(ctx, w) {
			g.finish()
			return nil
		}
	}
}

func closeWatcher(w *fsnotify.Watcher) {
	if w != nil {
		w.Close()
	}
}

// watch returns nil where inotify can't be had; the directory may come later.
func (in *Input) watch() *fsnotify.Watcher {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		if err = w.Add(in.dir()); err == nil {
			return w
		}
		w.Close()
	}
	in.notice("inotify_lost", in.base(), "watch log directory; look every second instead", "error", err)
	return nil
}

// await returns when the guard has to look again, and false when ctx ended.
func (in *Input) await(ctx context.Context, w *fsnotify.Watcher) bool {
	poll, stop := in.sys.After(pollEvery)
	defer stop()
	var events chan fsnotify.Event
	var errs chan error
	if w != nil {
		events, errs = w.Events, w.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-poll:
			return true
		case err := <-errs:
			in.notice("inotify_lost", in.base(), "watch log directory", "error", err)
			in.broadcast(true)
			return true
		case e := <-events:
			if stale := in.gather(ctx, e, events); stale {
				return true
			}
		}
	}
}

// gather waits a little for more events, and wakes the readers once for all of them.
func (in *Input) gather(ctx context.Context, e fsnotify.Event, events chan fsnotify.Event) (stale bool) {
	stale = in.stale(e)
	if !stale {
		pause, stop := in.sys.After(in.pause)
		defer stop()
		select {
		case <-pause:
		case <-ctx.Done():
		}
	}
	for none := 0; none < 3; {
		select {
		case e := <-events:
			stale, none = in.stale(e) || stale, 0
		default:
			none++
			runtime.Gosched() // the next one is handed over when its goroutine runs
		}
	}
	stale = in.rotated() || stale
	in.broadcast(stale)
	return stale
}

// rotated tells whether the log is another file than at the last event, which may be far behind in a busy queue, and sets
// the next pause by how much was written since.
func (in *Input) rotated() bool {
	i, _ := in.sys.Stat(in.cfg.Path)
	grown, rotated := i.size-in.last.size, i.inode != in.last.inode
	in.last, in.pause = i, slowPause
	if rotated || grown > fastGrowth {
		in.pause = fastPause
	}
	return rotated
}

// stale tells whether an event says more than that the log has grown.
func (in *Input) stale(e fsnotify.Event) bool {
	return e.Op&^fsnotify.Chmod != 0 && (e.Op != fsnotify.Write || filepath.Base(e.Name) != in.base())
}
