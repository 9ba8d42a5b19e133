package disktest

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/auditship/auditship/agent/disk"
)

// mount is disk.FS for one process.
type mount struct {
	disk  *Disk
	boot  int
	admin bool
}

// find walks to a path; parent is nil for the root.
func (d *Disk) find(path string) (n, parent *node, name string, err error) {
	n = d.root
	for part := range strings.SplitSeq(strings.Trim(filepath.Clean(path), "/"), "/") {
		if part == "" {
			return n, nil, "", nil
		}
		if n == nil {
			return nil, nil, "", syscall.ENOENT
		}
		if !n.isDir() {
			return nil, nil, "", syscall.ENOTDIR
		}
		parent, name = n, part
		n = n.entries[part]
	}
	return n, parent, name, nil
}

// existing is find for what must be there.
func (d *Disk) existing(path string) (*node, error) {
	n, _, _, err := d.find(path)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	return n, err
}

// changes tells whether a call that is done or not at all takes place.
func (m *mount) changes(e effect) bool {
	return e == whole || e == interrupted && m.disk.rng.IntN(2) == 0
}

// OpenFile is one call, of the kind "create" if it may create the file.
func (m *mount) OpenFile(path string, flag int, perm fs.FileMode) (disk.File, error) {
	var h *handle
	op := "open"
	if flag&os.O_CREATE != 0 {
		op = "create"
	}
	err := m.do(op, path, func(e effect) error {
		n, err := m.disk.openNode(path, flag, perm, m.changes(e))
		h = &handle{mount: m, node: n, name: path, flag: flag}
		return err
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (d *Disk) openNode(path string, flag int, perm fs.FileMode, create bool) (*node, error) {
	n, parent, name, err := d.find(path)
	switch {
	case err != nil:
		return nil, err
	case n == nil && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case n == nil && create:
		n = &node{perm: perm}
		parent.move(move{to: name, what: n})
	case n != nil && n.isDir():
		return nil, syscall.EISDIR
	case n != nil && flag&os.O_TRUNC != 0 && create:
		n.change(change{resize: true})
	}
	return n, nil
}

func (m *mount) Rename(from, to string) error {
	return m.do("rename", from, func(e effect) error {
		n, parent, name, err := m.disk.find(from)
		if err != nil || n == nil {
			return syscall.ENOENT
		}
		_, parent2, name2, err := m.disk.find(to)
		switch {
		case err != nil:
			return err
		case !m.changes(e):
		case parent == parent2:
			parent.move(move{from: name, to: name2, what: n})
		default: // two directories are never durable at once
			parent2.move(move{to: name2, what: n})
			parent.move(move{from: name, what: n})
		}
		return nil
	})
}

func (m *mount) Remove(path string) error {
	return m.do("remove", path, func(e effect) error {
		n, parent, name, err := m.disk.find(path)
		if err != nil || n == nil {
			return syscall.ENOENT
		}
		if len(n.entries) > 0 {
			return syscall.ENOTEMPTY
		}
		if m.changes(e) {
			parent.move(move{from: name, what: n})
		}
		return nil
	})
}

// MkdirAll is one call, however many directories it makes.
func (m *mount) MkdirAll(path string, perm fs.FileMode) error {
	return m.do("mkdir", path, func(e effect) error {
		if !m.changes(e) {
			return nil
		}
		n := m.disk.root
		for part := range strings.SplitSeq(strings.Trim(filepath.Clean(path), "/"), "/") {
			if !n.isDir() {
				return syscall.ENOTDIR
			}
			if part != "" && n.entries[part] == nil {
				n.move(move{to: part, what: newDir(perm)})
			}
			if part != "" {
				n = n.entries[part]
			}
		}
		return nil
	})
}

func (m *mount) ReadDir(path string) (entries []fs.DirEntry, err error) {
	err = m.do("readdir", path, func(effect) error {
		n, err := m.disk.existing(path)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(n.entries)) {
			entries = append(entries, fs.FileInfoToDirEntry(infoOf(name, n.entries[name])))
		}
		return nil
	})
	return entries, err
}

func (m *mount) Stat(path string) (info fs.FileInfo, err error) {
	err = m.do("stat", path, func(effect) error {
		n, err := m.disk.existing(path)
		if err == nil {
			info = infoOf(filepath.Base(path), n)
		}
		return err
	})
	return info, err
}

func (m *mount) SyncDir(path string) error {
	return m.do("syncdir", path, func(e effect) error {
		n, err := m.disk.existing(path)
		if err == nil && m.changes(e) {
			n.sync()
		}
		return err
	})
}

func (m *mount) Free(path string) (free int64, err error) {
	err = m.do("statfs", path, func(effect) error {
		free = m.disk.free
		_, err := m.disk.existing(path)
		return err
	})
	return free, err
}

// SameFile tells whether two infos are of one file.
func (m *mount) SameFile(a, b fs.FileInfo) bool { return a.Sys() == b.Sys() }
