package file

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
)

// giveUp leaves a note where the link or copy was, so that a reader which never saw the file can tell the gap, also after a
// restart. A full disk takes the note perhaps only when the file is gone.
func (g *guard) giveUp(f found, list listing) bool {
	g.tell(f, list, f.seq)
	removed := g.remove(f)
	g.settle()
	return removed
}

// tell leaves a note about a file that is given up.
func (g *guard) tell(f found, list listing, seq uint64) {
	if f.size == 0 {
		return // nothing is lost
	}
	g.in.notice("guard_gave_up", f.file, "give up a file that is still needed: disk budget or free space exhausted", "bytes", f.info.size)
	g.leave(note{Name: g.in.base(), ID: f.head.id, Length: f.head.length, Whole: f.head.whole, Size: f.size, Open: list.mayGrow(f),
		First: f.head.first, Last: f.last, Reason: "given up by the retention guard: disk budget or free space exhausted"}, seq)
}

// mayGrow tells whether a file's writer is perhaps not through with it: somebody else may have deleted it. It is through with
// what has a name of its backups, or something newer than it that holds data.
func (list listing) mayGrow(f found) bool {
	at := slices.IndexFunc(list.files, func(o found) bool { return o.node() == f.node() })
	if at < 0 {
		return !f.final() && (list.live == nil || list.live.size == 0)
	}
	return !slices.ContainsFunc(list.files[at:], func(o found) bool {
		if o.node() == f.node() || o.key() == f.key() {
			return o.final()
		}
		return o.size > 0
	})
}

// maxOwed is how many notes wait for a disk that takes them. The last one stands for all that are more.
const maxOwed = 256

// leave writes a note, now or as soon as that is possible.
func (g *guard) leave(n note, seq uint64) {
	if _, known := g.owed[seq]; !known && len(g.owed) >= maxOwed {
		n.Length, n.Size, seq = 0, -1, slices.Max(slices.Collect(maps.Keys(g.owed)))
	}
	if n.Length == 0 { // nobody can tell which file that was, but the readers must know the note again
		n.ID, n.Length, n.Whole = sha256.Sum256(fmt.Appendf(nil, "%d %s", seq, g.in.sys.Now())), 1, true
	}
	g.owed[seq] = n
	g.settle()
}

// settle writes the notes that are owed.
func (g *guard) settle() {
	for _, seq := range slices.Sorted(maps.Keys(g.owed)) {
		n := g.owed[seq]
		err := g.write(n, linkName(g.in.base(), seq, false)+lostSuffix)
		if err == nil {
			delete(g.owed, seq)
			g.news = changed
			continue
		}
		g.in.notice("guard_failed", g.in.base(), "note a gap; try again until it is written", "error", reason(err))
	}
}

func (g *guard) write(n note, file string) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	err = errClaimed // unless there is a directory that nobody else has
	for _, dir := range g.in.ownDirs() {
		if err = g.in.sys.Mkdir(dir); err == nil {
			err = g.in.sys.Write(filepath.Join(dir, file), data)
		}
		if err == nil {
			break
		}
	}
	return err
}

// reason is an error without a file's name, so that it is told once.
func reason(err error) error {
	if no := syscall.Errno(0); errors.As(err, &no) {
		return no
	}
	return err
}
