package file

import (
	"errors"
	"io"
	"io/fs"
)

// errClaimed tells that another process has locked a directory.
var errClaimed = errors.New("another process has locked it")

// claim is the right to the links beside the log. Two agents would take each other's for their own, and release what the
// other one still needs. It is a lock on the directory, so that nothing is left of it. Who comes second never gets it: what
// is there when the first one stops is what its pipelines will want.
type claim struct {
	in     *Input
	lock   io.Closer // nil: there is no directory yet, or its file system knows no locks
	denied bool
}

// take claims the directory if it is there, and tells whether nobody else has.
func (c *claim) take() bool {
	if c == nil || c.denied || c.lock != nil {
		return c == nil || !c.denied
	}
	lock, err := c.in.sys.Lock(c.in.guardDirs()[0])
	switch {
	case errors.Is(err, errClaimed):
		c.denied = true
		c.in.shared.Store(true)
		c.in.count("guard_shared")
		c.in.log.Error("another agent guards this log: this one leaves its links alone, keeps unread files open, and copies them when they are deleted",
			"log", c.in.cfg.Path, "directory", c.in.guardDirs()[0])
	case err == nil:
		c.lock = lock
	case !errors.Is(err, fs.ErrNotExist):
		c.in.notice("guard_failed", c.in.base(), "lock the directory for links; nothing keeps another agent from it", "error", reason(err))
	}
	return !c.denied
}

// renew claims a directory that was removed, and made anew.
func (c *claim) renew() bool {
	if c != nil {
		c.drop()
	}
	return c.take()
}

func (c *claim) drop() {
	if c != nil && c.lock != nil {
		c.lock.Close()
		c.lock = nil
	}
}
