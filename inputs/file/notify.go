package file

import "errors"

// watch tells what happens in a directory. It belongs to one goroutine.
type watch interface {
	// Take hands over what has happened since it was called last, in its order, and does not wait. errMissed: that is not
	// all; any other error: the watch is over.
	Take(func(event)) error
	// Ready gets a value when there may be something to take.
	Ready() <-chan struct{}
	Close() error
}

var errWatchOver = errors.New("the directory was removed, renamed or unmounted")

// errMissed tells that more happened than could be remembered.
var errMissed = errors.New("too much happened in the directory at once")

// event is something that happened to a name.
type event struct {
	file string
	op   op
}

type op uint8

const (
	written op = iota
	made       // created
	moved      // another file was renamed to that
	gone       // deleted, or renamed from that
)

// watcher gathers what a watch tells, and counts how often there was a new log. A second of deafness can't be made up for
// by looking: what came and went leaves no trace.
type watcher struct {
	in     *Input
	watch  watch // nil: there is none at present
	dir    inode // that is watched
	at     mark
	unread news // of what was taken
}

// mark is a moment in the count of new logs. Only those of one span without deafness can be compared; span 0: none can.
type mark struct{ span, made int }

// open begins to watch, where that is not done; the directory may come later, or be another one than before.
func (w *watcher) open() {
	i, err := w.in.sys.Stat(w.in.dir())
	if w.watch != nil && (err != nil || i.inode != w.dir) {
		w.close()
	}
	if w.watch != nil || err != nil {
		return
	}
	if w.watch, err = w.in.sys.Watch(w.in.dir()); err != nil {
		w.watch = nil
		w.in.notice("inotify_lost", w.in.base(), "watch log directory; look every second instead", "error", err)
		return
	}
	w.dir, w.unread = i.inode, changed
	w.at.span++
}

func (w *watcher) close() {
	if w.watch != nil {
		w.watch.Close()
		w.watch, w.unread = nil, changed
	}
}

// mark takes what there is. Where nothing is watched, nobody knows how many logs there were.
func (w *watcher) mark() mark {
	if w.watch == nil {
		return mark{}
	}
	err := w.watch.Take(func(e event) {
		w.unread = max(w.unread, w.in.newsOf(e))
		switch {
		case e.file != w.in.base():
		case e.op == made:
			w.at.made++
		case e.op == moved: // no rotation: whoever writes the one before it may go on
			w.at.span++
		}
	})
	switch {
	case errors.Is(err, errMissed):
		w.at.span++
		w.unread = changed
	case err != nil:
		w.in.notice("inotify_lost", w.in.base(), "watch log directory", "error", err)
		w.close()
		return mark{}
	}
	if !countsAll {
		return mark{}
	}
	return w.at
}

// take tells the most of what happened since it was called last.
func (w *watcher) take() news {
	w.mark()
	n := w.unread
	w.unread = nothing
	return n
}

func (w *watcher) ready() <-chan struct{} {
	if w.watch == nil {
		return nil
	}
	return w.watch.Ready()
}
