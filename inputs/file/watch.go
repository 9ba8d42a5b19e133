package file

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// coalesce is how long events are left to gather: the kernel merges equal ones, so a busy log costs a few wake-ups.
const coalesce = 5 * time.Millisecond

// eventBuffer is how many events can gather meanwhile; it is also what tells a rotation behind many writes.
const eventBuffer = 1024

// Run wakes the readers when something is written, and keeps what they have not committed from deletion: it links the
// log, and backups that somebody needs, into the directory .auditship beside it, and removes a link when every pipeline
// is past the file and the file is not the log any more. Without inotify the readers look every second.
func (in *Input) Run(ctx context.Context) error {
	g := newGuard(in)
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
	w, err := fsnotify.NewBufferedWatcher(eventBuffer)
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
		pause, stop := in.sys.After(coalesce)
		defer stop()
		select {
		case <-pause:
		case <-ctx.Done():
		}
	}
	for {
		select {
		case e := <-events:
			stale = in.stale(e) || stale
			continue
		default:
		}
		in.broadcast(stale)
		return stale
	}
}

// stale tells whether an event says more than that the log has grown.
func (in *Input) stale(e fsnotify.Event) bool {
	return e.Op&^fsnotify.Chmod != 0 && (e.Op != fsnotify.Write || filepath.Base(e.Name) != in.base())
}
