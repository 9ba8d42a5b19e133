// Package reload takes in files anew when they change, without a restart: the configuration, identities and policies.
//
// It looks every few seconds instead of asking the kernel for news: a ConfigMap is mounted as links to a directory that is
// swapped, editors put a new file in the place of the old one, and a network file system tells nobody.
package reload

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"os"
	"time"
)

// Target is something that is made of files.
type Target struct {
	Name  string        // what the log and the metrics call it: the key of the configuration that names the files
	Files []string      // what it is made of
	Also  func() string // what else it depends on; nil: nothing. Called by the goroutine that calls Load
	// Load reads the files anew, makes a whole new value of them, and only then lets it take the place of the old one; it
	// tells in some words what there is now. With an error the old one stays. It is called by one goroutine.
	Load func() (now string, err error)
}

// Every is how often the files are looked at.
const Every = 5 * time.Second

// Watcher looks at files.
type Watcher struct {
	Log   *slog.Logger
	Count func(target string, err error) // told of every change that was, or could not be, taken in
	Now   <-chan struct{}                // somebody asks to look at once, and to wait for nothing; nil: nobody does
}

// Run watches until ctx ends. At first it loads every target, so that nothing is missed which changed since somebody else did.
func (w *Watcher) Run(ctx context.Context, targets []Target) {
	watched := make([]watch, len(targets))
	for i, t := range targets {
		watched[i] = watch{Target: t, seen: make([]sight, len(t.Files))}
		watched[i].changed()
		w.load(&watched[i], false)
	}
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		look := w.look
		select {
		case <-tick.C:
		case <-w.Now:
			look = w.hurry
		case <-ctx.Done():
			return
		}
		for i := range watched {
			look(&watched[i])
		}
	}
}

// watch is a target and what was last seen of it.
type watch struct {
	Target
	seen    []sight
	also    string
	news    bool   // it has changed and is not loaded yet
	failure string // of the last Load; empty: it is taken in
}

// look loads a target that has changed, once it has been the same for a while: half a file may be right by itself. One that
// could not be taken in is tried again, too: it may have been the disk's fault.
func (w *Watcher) look(t *watch) {
	switch {
	case t.changed():
		t.news = true
	case t.news || t.failure != "":
		w.load(t, t.news)
	}
}

// hurry loads a target, whether it has changed or not: who asks for it knows why, and that nobody is writing.
func (w *Watcher) hurry(t *watch) {
	news := t.changed() || t.news || t.failure != ""
	w.load(t, news)
	if !news {
		w.Log.Info("looked at a file, as asked; it is the same", "target", t.Name, "files", t.Files)
	}
}

// load loads a target, and tells what came of it, if that is news.
func (w *Watcher) load(t *watch, news bool) {
	before := t.failure
	now, err := t.Load()
	t.news, t.failure = false, ""
	if err != nil {
		t.failure = err.Error()
	}
	switch {
	case !news && t.failure == before:
	case err != nil:
		w.Log.Error("a changed file is not taken in; the former content stays in force", "target", t.Name, "files", t.Files, "error", err)
		w.Count(t.Name, err)
	default:
		w.Log.Info("took in a changed file", "target", t.Name, "files", t.Files, "now", now)
		w.Count(t.Name, nil)
	}
}

// changed tells whether one of the files is another than at the last look.
func (t *watch) changed() (changed bool) {
	for i, file := range t.Files {
		now := t.seen[i].again(file)
		changed = changed || now.content != t.seen[i].content || now.trouble != t.seen[i].trouble
		t.seen[i] = now
	}
	if t.Also != nil {
		now := t.Also()
		changed = changed || now != t.also
		t.also = now
	}
	return changed
}

// sight is what was seen of a file.
type sight struct {
	info    os.FileInfo // nil: unknown
	settled bool        // it was not written to for so long before that its next change shows in its time
	content [sha256.Size]byte
	trouble string // why it can't be read
}

// settling is longer than the time of a file on any file system takes to tick.
const settling = 3 * time.Second

// again looks at the file again, and reads it unless its inode, size and time show that it is the same.
func (s sight) again(file string) sight {
	info, err := os.Stat(file)
	if err != nil {
		return sight{trouble: err.Error()}
	}
	if !info.Mode().IsRegular() {
		return sight{trouble: "it is no regular file"} // to open a FIFO would wait for somebody to write
	}
	if s.settled && os.SameFile(info, s.info) && info.Size() == s.info.Size() && info.ModTime().Equal(s.info.ModTime()) {
		return s
	}
	now := sight{info: info, settled: time.Since(info.ModTime()) > settling}
	f, err := os.Open(file)
	if err != nil {
		return sight{trouble: err.Error()}
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return sight{trouble: err.Error()}
	}
	now.content = [sha256.Size]byte(sum.Sum(nil))
	return now
}
