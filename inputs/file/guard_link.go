package file

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// linkAll links what is needed, the oldest first: ok tells that the file system can do that, all that no file went away.
func (g *guard) linkAll(list listing, committed []*cursor) (ok, all bool) {
	kept := list.kept()
	ok = true
	for _, f := range list.files {
		if !f.named() || kept.has(f) {
			continue
		}
		if f.kind != live && (f.size == 0 || !needed(committed, f)) {
			continue
		}
		if !list.linkable(f) {
			ok = false
			continue
		}
		done, there := g.link(f)
		ok = ok && done
		if !there {
			g.miss(f)
			return ok, false // what is newer must not get a lower sequence: look again first
		}
	}
	return ok, true
}

// link tells whether links can be made at all (ok), and whether the file was still there.
func (g *guard) link(f found) (ok, there bool) {
	if g.in.shared.Load() {
		return false, true
	}
	path, err := g.linkFree(f)
	if errors.Is(err, fs.ErrNotExist) {
		if path, err = g.linkAnew(f); errors.Is(err, errClaimed) {
			return false, true
		}
	}
	if err == nil {
		there = g.linkedIt(f, path)
		if !there {
			g.seq--
		}
		g.linked = g.linked || there
		return true, there
	}
	if errors.Is(err, fs.ErrNotExist) {
		return true, false // it was renamed meanwhile: the next pass sees it
	}
	g.in.notice("guard_failed", g.in.base(), "link log file against its deletion; keep it open, and copy it, instead", "error", reason(err))
	return false, true
}

// linkAnew makes the directory, if that is what was missing.
func (g *guard) linkAnew(f found) (path string, err error) {
	_, gone := g.in.sys.Stat(g.dir)
	if err := g.in.sys.Mkdir(g.dir); err != nil {
		return "", err
	}
	if gone != nil && !g.claim.renew() {
		return "", errClaimed
	}
	return g.linkFree(f)
}

// linkFree makes a link under the next name that nobody has.
func (g *guard) linkFree(f found) (path string, err error) {
	for range maxTaken {
		path = filepath.Join(g.dir, linkName(g.in.base(), g.seq+1, f.gz))
		if err = g.in.sys.Link(f.path, path); err == nil || errors.Is(err, fs.ErrExist) {
			g.seq++
		}
		if !errors.Is(err, fs.ErrExist) {
			return path, err
		}
	}
	return path, err
}

// linkedIt makes sure that the link is to the file that was meant: a rotation in between would mix up the sequence.
func (g *guard) linkedIt(f found, path string) bool {
	i, err := g.in.sys.Stat(path)
	if err == nil && i.inode == f.info.inode {
		return true
	}
	if err := g.in.sys.Remove(path); err != nil {
		g.in.notice("guard_failed", g.in.base(), "remove link to another file", "error", err)
	}
	return false
}

// maxTaken is how many names that somebody else has are passed over at once.
const maxTaken = 100
