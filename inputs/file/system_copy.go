package file

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const tmpSuffix = ".tmp" // of no guarded file, and no note

const copyName = "copy"

// Copy writes beside its goal, syncs and renames: after a crash there is a whole copy or none.
func (disk) Copy(from handle, size int64, mtime time.Time, to string) error {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp := filepath.Join(dir, copyName+tmpSuffix) // always the same, so that a crash leaves one at most
	err := copyTo(tmp, io.NewSectionReader(from, 0, size), size)
	if err == nil {
		err = os.Chtimes(tmp, mtime, mtime)
	}
	if err == nil {
		err = os.Rename(tmp, to)
	}
	if err != nil {
		return errors.Join(err, remove(tmp))
	}
	return syncDir(dir)
}

func copyTo(path string, r io.Reader, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(dir string) error {
	d, err := openDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
