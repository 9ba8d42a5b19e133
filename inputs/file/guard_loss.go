package file

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// findHole leaves a note if files may have come and gone unseen since the last pass: retention deletes the oldest first,
// so as long as the file that was newest then has a name, so have all that came after it.
func (g *guard) findHole(list listing) {
	a := g.anchor
	if a == nil {
		return
	}
	n := note{Name: g.in.base(), Size: -1, First: a.last, Last: g.in.sys.Now(), Reason: "deleted before they were seen, while the retention guard did not run or was too slow"}
	key := g.keyNow(list)
	for _, f := range list.files {
		named := f.named()
		if named && (f.key() == key || f.info.inode == a.info.inode && f.birth == a.birth) {
			return
		}
		if named && f.kind != live && n.Last.After(f.head.first) && !f.head.first.IsZero() {
			n.Last = f.head.first
		}
	}
	g.anchor = nil
	g.in.notice("guard_too_late", g.in.base(), "files were deleted before they could be linked", "since", a.last)
	g.seq++
	if err := g.leave(n, g.seq); err != nil {
		g.in.notice("guard_failed", g.in.base(), "note a gap", "error", err)
	}
}

// keyNow is the key of the anchor, which may have been empty when it was seen last, and be compressed by now: its link
// knows, or the handle.
func (g *guard) keyNow(list listing) fileKey {
	a := g.anchor
	for _, f := range list.files {
		if f.kind == guarded && f.info.inode == a.info.inode && f.birth == a.birth {
			return f.key()
		}
	}
	if g.handle != nil && !a.head.whole {
		if h, err := readHead(&sequential{g.handle, 0}, g.lister.scratch); err == nil {
			a.head = h
		}
	}
	return a.key()
}

// giveUp leaves a note where the link or copy was, so that a reader which never saw the file can tell the gap, also after a
// restart.
func (g *guard) giveUp(f found) bool {
	g.tell(f, f.seq)
	return g.remove(f)
}

// tell leaves a note about a file that is given up.
func (g *guard) tell(f found, seq uint64) {
	if f.size == 0 {
		return // nothing is lost
	}
	err := g.leave(note{Name: g.in.base(), ID: f.head.id, Length: f.head.length, Whole: f.head.whole, Size: f.size,
		First: f.head.first, Last: f.last, Reason: "given up by the retention guard: disk budget or free space exhausted"}, seq)
	g.in.notice("guard_gave_up", f.file, "give up a file that is still needed: disk budget or free space exhausted",
		"bytes", f.info.size, "error", err)
}

func (g *guard) leave(n note, seq uint64) error {
	if n.Length == 0 { // nobody can tell which file that was, but the readers must know the note again
		n.ID, n.Length, n.Whole = sha256.Sum256(fmt.Appendf(nil, "%d %s", seq, g.in.sys.Now())), 1, true
	}
	data, err := json.Marshal(n)
	for _, dir := range g.in.guardDirs() {
		if err = g.in.sys.Mkdir(dir); err == nil {
			err = g.in.sys.Write(filepath.Join(dir, linkName(g.in.base(), seq, false)+lostSuffix), data)
		}
		if err == nil {
			break
		}
	}
	return err
}
