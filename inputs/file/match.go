//go:build !fault_inode_identity

package file

import "strings"

// match finds the entry of a file: by an open handle, by its first line, or by its inode while that line was not complete.
func (c *catalogue) match(f found) *entry {
	if e := c.matchHandle(f); e != nil {
		return e
	}
	for _, e := range c.entries {
		if e.Length > 0 && e.ID == f.head.id {
			return e
		}
	}
	for _, e := range c.entries {
		if (e.handle == nil || e.zipped) && c.grew(e, f) {
			return e
		}
	}
	return nil
}

// matchHandle finds the entry whose handle is open on the file's inode. There is no doubt about that, even if the listing
// is older than what was read through the handle, as long as the content is still what it was.
func (c *catalogue) matchHandle(f found) *entry {
	if f.gz || f.kind == lost {
		return nil
	}
	for _, e := range c.entries {
		if e.handle == nil || e.zipped || e.Truncated || e.opened != f.info.inode {
			continue
		}
		if e.head.id == f.head.id {
			return e
		}
		same, err := e.head.stands(e.handle, c.scratch)
		if e.Truncated = err == nil && !same; !e.Truncated {
			return e
		}
	}
	return nil
}

// grew tells whether the file is what the entry was while its first line was incomplete. It must be the same inode: the
// beginnings of lines are alike. If it is, and has another content, that was replaced. Where the file system can't tell
// that it is not merely an inode of the same number, only a file that is still empty, and was not changed, is taken for it.
func (c *catalogue) grew(e *entry, f found) bool {
	if !e.sameInode(f) || f.gz != strings.HasSuffix(e.Name, gzSuffix) {
		return false
	}
	switch {
	case e.Length == 0:
		return f.birth != 0 || f.head.length == 0 && e.Last.Equal(f.last)
	case f.birth == 0:
		return false
	case !e.Whole && f.head.length > e.Length && c.begins(f, e):
		return true
	}
	e.Truncated = e.Truncated || !f.gz && f.head.id != e.ID
	return false
}
