package disktest

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/auditship/auditship/agent/disk"
)

// handle is an open file.
type handle struct {
	mount  *mount
	node   *node
	name   string
	flag   int
	at     int64
	closed bool
}

// do is a call on an open file.
func (h *handle) do(op string, act func(effect) error) error {
	return h.mount.do(op, h.name, func(e effect) error {
		if h.closed {
			return fs.ErrClosed
		}
		return act(e)
	})
}

func (h *handle) Read(p []byte) (n int, err error) {
	n, err = h.ReadAt(p, h.at)
	if n > 0 {
		err = nil
	}
	h.at += int64(n)
	return n, err
}

func (h *handle) ReadAt(p []byte, at int64) (n int, err error) {
	end := false
	err = h.do("read", func(effect) error {
		if at < int64(len(h.node.content)) {
			n = copy(p, h.node.content[at:])
		}
		end = n < len(p)
		return nil
	})
	if err == nil && end {
		err = io.EOF
	}
	return n, err
}

func (h *handle) Write(p []byte) (int, error) {
	n, err := h.WriteAt(p, h.at)
	h.at += int64(n)
	return n, err
}

func (h *handle) WriteAt(p []byte, at int64) (n int, err error) {
	err = h.do("write", func(e effect) error {
		if h.flag&(os.O_WRONLY|os.O_RDWR) == 0 {
			return syscall.EBADF
		}
		n = len(p)
		if e != whole {
			n = h.mount.disk.rng.IntN(len(p) + 1)
		}
		if n > 0 {
			h.node.change(change{at: at, data: slices.Clone(p[:n])})
		}
		return nil
	})
	return n, err
}

func (h *handle) Seek(offset int64, whence int) (int64, error) {
	return h.at, h.do("seek", func(effect) error {
		switch whence {
		case io.SeekCurrent:
			offset += h.at
		case io.SeekEnd:
			offset += int64(len(h.node.content))
		}
		h.at = offset
		return nil
	})
}

func (h *handle) Truncate(size int64) error {
	return h.do("truncate", func(e effect) error {
		if h.mount.changes(e) {
			h.node.change(change{at: size, resize: true})
		}
		return nil
	})
}

func (h *handle) Sync() error {
	return h.do("sync", func(e effect) error {
		switch {
		case e == failed:
			h.node.syncFails(h.mount.disk.rng)
		case h.mount.changes(e):
			h.node.sync()
		}
		return nil
	})
}

func (h *handle) Lock() error {
	return h.do("lock", func(effect) error {
		if o := h.node.owner; o != nil && o != h && !o.closed && o.mount.boot == h.mount.disk.boot {
			return syscall.EWOULDBLOCK
		}
		h.node.owner = h
		return nil
	})
}

// Close is no call that can be stopped at: the kernel closes what a dead process leaves.
func (h *handle) Close() error {
	h.mount.disk.mu.Lock()
	defer h.mount.disk.mu.Unlock()
	if h.closed {
		return wrap("close", h.name, fs.ErrClosed)
	}
	h.closed = true
	return nil
}

func (h *handle) Stat() (info fs.FileInfo, err error) {
	err = h.do("stat", func(effect) error {
		info = infoOf(h.name, h.node)
		return nil
	})
	return info, err
}

// info is fs.FileInfo of one moment.
type info struct {
	name string
	size int64
	perm fs.FileMode
	node *node
}

func infoOf(name string, n *node) info { return info{name, int64(len(n.content)), n.perm, n} }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.perm }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.perm.IsDir() }
func (i info) Sys() any           { return i.node }

// Read reads a whole file.
func Read(from disk.FS, name string) ([]byte, error) {
	f, err := from.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Write makes a file of the content, not synced.
func Write(to disk.FS, name string, content []byte) error {
	f, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(content)
	return err
}
