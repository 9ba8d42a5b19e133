package file

import (
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// What follows is the agent's view of it.

func (m *memory) call() {
	if m.calls++; m.calls > 1e6 {
		panic("the agent spins")
	}
	m.between()
}

func (m *memory) Now() time.Time { return m.now }

func (m *memory) After(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

func (m *memory) Names(dir string) ([]string, error) {
	m.call()
	if m.dirs[dir] == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Sorted(maps.Keys(m.dirs[dir])), nil
}

func (m *memory) Stat(path string) (info, error) {
	m.call()
	if n := m.at(path); n != nil {
		return n.info(), nil
	}
	if m.dirs[path] != nil {
		return info{inode: inode{1, 0}, mode: fs.ModeDir}, nil
	}
	return info{}, fs.ErrNotExist
}

func (n *node) info() info {
	return info{inode: inode{1, n.inode}, size: int64(len(n.data)), links: uint64(n.names), mtime: n.mtime}
}

func (m *memory) Open(path string) (handle, error) {
	m.call()
	n := m.at(path)
	if n == nil {
		return nil, fs.ErrNotExist
	}
	n.handles++
	if m.actor == "guard" {
		n.seg.known[m.actor] = true
	}
	h := &memoryHandle{m, n, m.turn}
	m.open[h] = true
	return h, nil
}

func (m *memory) Link(path, link string) error {
	m.call()
	n, dir := m.at(path), m.dirs[filepath.Dir(link)]
	switch {
	case n == nil || dir == nil:
		return fs.ErrNotExist
	case m.linking != nil:
		return m.linking
	case dir[filepath.Base(link)] != nil:
		return fs.ErrExist
	}
	m.link(n, link)
	return nil
}

func (m *memory) Remove(path string) error {
	m.call()
	switch {
	case m.at(path) != nil:
		m.unlink(path)
	case m.dirs[path] == nil:
		return fs.ErrNotExist
	case len(m.dirs[path]) > 0:
		return fs.ErrInvalid
	}
	delete(m.dirs, path)
	return nil
}

func (m *memory) Mkdir(path string) error {
	if m.linking == syscall.EROFS && filepath.Dir(path) == modelDir {
		return m.linking
	}
	if m.dirs[path] == nil {
		m.dirs[path] = map[string]*node{}
	}
	return nil
}

func (m *memory) Write(path string, data []byte) error {
	m.call()
	m.create(path).data = slices.Clone(data)
	return nil
}

func (m *memory) Copy(from handle, size int64, mtime time.Time, to string) error {
	m.call()
	if m.copying != nil {
		return m.copying
	}
	if m.dirs[filepath.Dir(to)] == nil {
		m.dirs[filepath.Dir(to)] = map[string]*node{}
	}
	n := from.(*memoryHandle).n
	c := m.create(to)
	m.copy(n, c, slices.Clone(n.data[:size]), n.lines)
	for _, l := range c.lines { // as far as it is copied
		if l.to > size {
			l.copies--
		}
	}
	c.lines, c.mtime = slices.DeleteFunc(c.lines, func(l *line) bool { return l.to > size }), mtime
	return nil
}

func (m *memory) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func (m *memory) Free(string) (int64, error)   { return m.space, nil }
func (m *memory) IsMount(string) (bool, error) { return false, nil }
