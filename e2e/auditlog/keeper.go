package auditlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// Keeper hard-links every backup of a log to another directory before it is deleted, so that a test knows all that was
// written.
type Keeper struct {
	from, to string
	watcher  *fsnotify.Watcher
	done     chan struct{}
	err      error // what went wrong; set before done is closed
}

// Keep starts one. Both directories must be on one file system.
func Keep(from, to string) (*Keeper, error) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return nil, err
	}
	watcher, err := fsnotify.NewBufferedWatcher(4096)
	if err != nil {
		return nil, err
	}
	if err := watcher.Add(from); err != nil {
		return nil, errors.Join(err, watcher.Close())
	}
	k := &Keeper{from: from, to: to, watcher: watcher, done: make(chan struct{})}
	go k.run()
	return k, nil
}

// Finish keeps what is left, the live log included, when nothing writes any more.
func (k *Keeper) Finish() error {
	err := k.watcher.Close()
	<-k.done
	return errors.Join(err, k.err, k.sweep(), link(filepath.Join(k.from, "audit.log"), filepath.Join(k.to, "audit.log")))
}

func (k *Keeper) run() {
	defer close(k.done)
	for {
		select {
		case event, open := <-k.watcher.Events:
			if !open {
				return
			}
			if event.Op != fsnotify.Write { // of those there are thousands in a second
				k.err = errors.Join(k.err, k.sweep())
			}
		case err, open := <-k.watcher.Errors:
			if !open {
				return
			}
			k.err = errors.Join(k.err, err)
		}
	}
}

// sweep links the backups that are there: a gzipped one only when it is complete, which is when the plain one is gone.
func (k *Keeper) sweep() error {
	entries, err := os.ReadDir(k.from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		plain, compressed := strings.CutSuffix(name, ".gz")
		if !strings.HasPrefix(name, "audit-") || compressed && (exists(filepath.Join(k.from, plain)) || exists(filepath.Join(k.to, plain))) {
			continue
		}
		err = errors.Join(err, link(filepath.Join(k.from, name), filepath.Join(k.to, name)))
	}
	return err
}

// link is content with a link that is there and with a file that is gone: its gzipped successor is linked instead.
func link(from, to string) error {
	err := os.Link(from, to)
	if errors.Is(err, os.ErrExist) || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
