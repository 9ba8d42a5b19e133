//go:build !fault_inode_identity

package file

// match finds the entry of a file: by its first line, or by its inode while that line was not complete yet.
func (c *catalogue) match(f found) *entry {
	if f.head.length > 0 {
		for _, e := range c.entries {
			if e.Length > 0 && e.ID == f.head.id {
				return e
			}
		}
	}
	for _, e := range c.entries {
		if !e.Whole && c.grew(e, f) {
			return e
		}
		if e.sameInode(f) && e.Length > 0 && !f.gz && c.truncated(e, f) {
			e.truncated = true
		}
	}
	return nil
}
