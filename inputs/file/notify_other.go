//go:build !linux

package file

import (
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// countsAll: nothing may be concluded from what other systems than Linux do not tell.
const countsAll = false

// notify is what they have.
type notify struct {
	w     *fsnotify.Watcher
	ready chan struct{}
	done  chan struct{}

	mu     sync.Mutex
	events []event
}

const notifyMost = 1024 // events that are remembered

func (disk) Watch(dir string) (watch, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	if err := w.Add(dir); err != nil {
		w.Close()
		return nil, err
	}
	n := &notify{w: w, ready: make(chan struct{}, 1), done: make(chan struct{})}
	go n.gather()
	return n, nil
}

func (n *notify) gather() {
	defer close(n.done)
	for {
		select {
		case _, more := <-n.w.Errors:
			if !more {
				return
			}
		case e, more := <-n.w.Events:
			if !more {
				return
			}
			n.add(event{filepath.Base(e.Name), opOf(e.Op)})
		}
	}
}

func (n *notify) add(e event) {
	n.mu.Lock()
	if len(n.events) < notifyMost {
		n.events = append(n.events, e)
	}
	n.mu.Unlock()
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

func opOf(o fsnotify.Op) op {
	switch {
	case o.Has(fsnotify.Create):
		return made
	case o.Has(fsnotify.Remove), o.Has(fsnotify.Rename):
		return gone
	}
	return written
}

func (n *notify) Take(each func(event)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.events {
		each(e)
	}
	n.events = n.events[:0]
	return nil
}

func (n *notify) Ready() <-chan struct{} { return n.ready }

func (n *notify) Close() error {
	err := n.w.Close()
	<-n.done
	return err
}
