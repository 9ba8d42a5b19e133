package file

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// release removes the links and notes that every reader is past. The log itself stays linked: it may be deleted at any time.
func (g *guard) release(list listing, committed []*cursor) {
	harmful := map[inode]bool{}
	for _, f := range list.files {
		if (f.kind == live || f.kind == logrotate) && !list.linkable(f) {
			harmful[f.info.inode] = true
		}
	}
	for _, f := range list.files {
		// Without a log this is the middle of a rotation, perhaps, and the log a moment ago may be written to.
		mayGrow := f.kind == guarded && (list.live == nil || f.info.inode == list.live.info.inode)
		switch {
		case f.kind == guarded && harmful[f.info.inode] && f.info.links > 1:
			if g.in.cfg.GuardDir != "" {
				g.hold(f, committed) // it may lose its other names just now
			}
			g.remove(f)
		case f.named() || needed(committed, f):
		case len(committed) == 0 || !mayGrow:
			g.remove(f)
		}
	}
}

// finish is the last pass. Nobody may come back for what it leaves, so it leaves nothing that is committed: not even the
// link of the log.
func (g *guard) finish() {
	g.pass()
	list, committed := g.list(), g.committed()
	for _, f := range list.files {
		if f.kind == guarded && !slices.ContainsFunc(committed, func(c *cursor) bool { return !c.past(f) }) {
			g.remove(f)
		}
	}
	for _, dir := range g.in.ownDirs() {
		g.in.sys.Remove(dir) // if it is empty
	}
}

func (g *guard) remove(f found) bool {
	err := g.in.sys.Remove(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		g.in.notice("guard_failed", f.file, "release guarded file", "error", err)
		return false
	}
	return true
}

// sweep removes what a crash left of copies and notes.
func (g *guard) sweep() {
	for _, dir := range g.in.ownDirs() {
		names, err := g.in.sys.Names(dir)
		if err != nil {
			continue // the listing tells
		}
		for _, file := range names {
			ours := dir == g.in.cfg.GuardDir && file == copyName+tmpSuffix || parseLink(g.in.base(), strings.TrimSuffix(file, tmpSuffix)).kind == lost
			if ours && strings.HasSuffix(file, tmpSuffix) {
				g.in.sys.Remove(filepath.Join(dir, file))
			}
		}
	}
}
