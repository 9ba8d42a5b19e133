package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// system is all that this package wants of the machine, so that a test can put a model in its place.
type system interface {
	Now() time.Time
	After(time.Duration) (fired <-chan time.Time, stop func() bool)
	Names(dir string) ([]string, error)
	Stat(path string) (info, error) // of a symbolic link: the link itself
	Open(path string) (handle, error)
	Link(path, link string) error
	Remove(path string) error
	Mkdir(path string) error                                        // mode 0700; takes one that is there
	Write(path string, data []byte) error                           // whole and durable, or not at all
	Copy(from handle, size int64, mtime time.Time, to string) error // whole and durable, or not at all; makes the directory
	Free(dir string) (int64, error)                                 // bytes that are left on its file system
	IsMount(path string) (bool, error)                              // whether something is mounted right there
	Watch(dir string) (watch, error)
	Lock(dir string) (io.Closer, error) // errClaimed: another process has
}

// handle is an open file.
type handle interface {
	io.ReaderAt
	io.Closer
	Stat() (info, error)
	// Birth tells files apart that had the same inode number one after the other; 0: the file system can't tell.
	Birth() uint64
}

// inode is a hint of which file is which: numbers are used again when a file is deleted, devices renumber at reboot.
type inode struct{ dev, ino uint64 }

// info is the part of stat(2) that counts here.
type info struct {
	inode
	mode  fs.FileMode
	size  int64
	links uint64
	mtime time.Time
}

// refuse tells what is in a log's place if it can't be one. Reading a FIFO would wait for ever, and take its bytes away.
func refuse(path string, mode fs.FileMode) error {
	what := ""
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "directory"
	case mode&fs.ModeNamedPipe != 0:
		what = "named pipe"
	case mode&fs.ModeDevice != 0:
		what = "device"
	case mode&fs.ModeSocket != 0:
		what = "socket"
	default:
		what = "special file"
	}
	return &notRegularError{path, what}
}

type notRegularError struct{ path, what string }

func (e *notRegularError) Error() string {
	return fmt.Sprintf("read %s: it is a %s, not a regular file", e.path, e.what)
}

// disk is the real system.
type disk struct{}

func (disk) Now() time.Time { return time.Now() }

func (disk) After(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

func (disk) Names(dir string) ([]string, error) {
	f, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (disk) Stat(path string) (info, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return info{}, err
	}
	return toInfo(fi), nil
}

// Open never waits, whatever is there.
func (disk) Open(path string) (handle, error) {
	f, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil {
		err = refuse(path, fi.Mode())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return diskFile{f, int(f.Fd())}, nil
}

func (disk) Link(path, link string) error { return linkGuard(path, link) }
func (disk) Mkdir(path string) error      { return makeDir(path) }

func (disk) Lock(dir string) (io.Closer, error) { return lockDir(dir) }

func (disk) Remove(path string) error {
	root, name, err := within(path)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Remove(name)
}

func (disk) Write(path string, data []byte) error { return writeNote(path, data) }

type diskFile struct {
	*os.File
	fd int
}

// ReadAt is one system call, also at the end of the file, where os.File needs two: a regular file is read short only there.
func (f diskFile) ReadAt(p []byte, off int64) (int, error) {
	for {
		n, err := syscall.Pread(f.fd, p, off)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return 0, &fs.PathError{Op: "read", Path: f.Name(), Err: err}
		case n < len(p):
			return n, io.EOF
		}
		return n, nil
	}
}

func (f diskFile) Stat() (info, error) {
	fi, err := f.File.Stat()
	if err != nil {
		return info{}, err
	}
	return toInfo(fi), nil
}

func toInfo(fi fs.FileInfo) info {
	i := info{mode: fi.Mode(), size: fi.Size(), mtime: fi.ModTime()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		i.dev, i.ino, i.links = uint64(st.Dev), st.Ino, uint64(st.Nlink)
	}
	return i
}
