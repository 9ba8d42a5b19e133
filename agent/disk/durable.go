package disk

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
)

// MakeDir makes a directory and its parents, durably. It syncs those that are there already, too: a process that died
// may have made them and not come so far. Where a parent may not even be read, nothing was made.
func MakeDir(f FS, path string, perm fs.FileMode) error {
	if err := f.MkdirAll(path, perm); err != nil {
		return err
	}
	for dir := filepath.Clean(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		err := f.SyncDir(filepath.Dir(dir))
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Rewrite writes a part of a file again, as it is, and syncs it. A sync that failed may have dropped pages and called the
// rest clean: they are seen and are not on the disk, and later syncs pass them over. A process that finds something
// which an earlier one may have left like that makes it durable so.
func Rewrite(f File, from, to int64) error {
	block := make([]byte, min(1<<18, max(to-from, 0)))
	for from < to {
		part := block[:min(int64(len(block)), to-from)]
		if _, err := f.ReadAt(part, from); err != nil {
			return err
		}
		if _, err := f.WriteAt(part, from); err != nil {
			return err
		}
		from += int64(len(part))
	}
	return f.Sync()
}

// Holds tells whether a name still leads to the open file: nobody has removed, renamed or replaced it.
func Holds(f FS, name string, open File) (bool, error) {
	there, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	held, err := open.Stat()
	return err == nil && f.SameFile(there, held), err
}
