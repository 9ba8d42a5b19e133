//go:build fault_inode_identity

package file

// match is a planted fault, which the model has to find: it takes the inode for the identity of a file.
func (c *catalogue) match(f found) *entry {
	for _, e := range c.entries {
		if e.Inode == f.info.ino && e.Device == f.info.dev {
			return e
		}
	}
	return nil
}
