// Package disk is the seam through which state is written: checkpoints, dead letters, the file output. Tests put a disk
// there that tears writes, forgets what was not synced, or is full.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/auditship/auditship/agent/trust"
)

// FS is the part of a file system that state needs. Its errors are those of package os.
type FS interface {
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	MkdirAll(path string, perm fs.FileMode) error
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)

	// SyncDir makes the creation, renaming and removal of files in a directory durable.
	SyncDir(name string) error

	// SameFile tells whether two infos of this file system are of one file, whatever its names.
	SameFile(a, b fs.FileInfo) bool

	// Free is how many bytes an unprivileged writer may still write on the file system that holds the path.
	Free(path string) (int64, error)
}

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Seeker
	io.Closer
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)

	// Sync makes the content durable (fdatasync: and no more of the metadata than that needs).
	Sync() error

	// Lock takes an advisory lock that ends with the file's descriptor; it does not wait.
	Lock() error
}

// NotRegularError tells what is where a file should be.
type NotRegularError struct {
	Path string
	Type fs.FileMode
}

func (e *NotRegularError) Error() string {
	return fmt.Sprintf("open %s: it is no file but a %s", e.Path, kinds[e.Type])
}

var kinds = map[fs.FileMode]string{
	fs.ModeDir: "directory", fs.ModeNamedPipe: "named pipe", fs.ModeSocket: "socket",
	fs.ModeDevice: "device", fs.ModeDevice | fs.ModeCharDevice: "device", fs.ModeIrregular: "special file",
}

// OS is the real thing.
type OS struct{}

// OpenFile opens a file as os.OpenFile does, unless somebody has put something else in its place: an *trust.Error where it
// is a symbolic link of another user, a *NotRegularError where it is no file. It never waits.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := trust.Open(name, flag, perm)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &NotRegularError{name, info.Mode().Type()}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return osFile{f}, nil
}

// Rename renames a file.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (OS) Remove(name string) error { return os.Remove(name) }

// MkdirAll makes a directory and its parents.
func (OS) MkdirAll(path string, perm fs.FileMode) error { return os.MkdirAll(path, perm) }

// ReadDir lists a directory in the order of names.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Stat follows symlinks.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// SyncDir syncs a directory. A file system that knows no such thing has nothing to be synced.
func (OS) SyncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

// SameFile compares device and inode.
func (OS) SameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

// Free asks statfs(2).
func (OS) Free(path string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil
}

type osFile struct{ *os.File }

func (f osFile) Sync() error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		switch err {
		case nil:
			return nil
		case unix.EINTR:
			continue
		}
		return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
}

func (f osFile) Lock() error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return &fs.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
	return nil
}
