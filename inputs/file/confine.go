package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/auditship/auditship/agent/trust"
)

// The agent runs as root, and others may be able to write to the log's directory. Whatever they plant there, nothing
// outside of it is linked, overwritten or removed (os.Root), and nothing is read but what a symbolic link of root's or our
// own leads to. The guard's directory counts only if it is one of ours, that nobody else can write to.

// within opens the directory that a path must not lead out of; name is the path from there.
func within(path string) (root *os.Root, name string, err error) {
	dir, name := filepath.Dir(path), filepath.Base(path)
	if filepath.Base(dir) != guardDir {
		root, err = os.OpenRoot(dir)
		return root, name, err
	}
	if root, err = os.OpenRoot(filepath.Dir(dir)); err != nil {
		return nil, "", err
	}
	guard, err := openGuard(root)
	if err != nil {
		return nil, "", errors.Join(err, root.Close())
	}
	return root, filepath.Join(guardDir, name), guard.Close()
}

// openDir opens a directory to list it.
func openDir(dir string) (*os.File, error) {
	if filepath.Base(dir) != guardDir {
		return os.Open(dir)
	}
	root, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return openGuard(root)
}

// lockDir locks a directory until it is closed. It may be removed by the one who had the lock before.
func lockDir(dir string) (io.Closer, error) {
	for {
		f, err := openDir(dir)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && isAt(f, dir) {
			return f, nil
		}
		f.Close()
		switch {
		case err == syscall.EWOULDBLOCK:
			return nil, errClaimed
		case err != nil && err != syscall.EINTR:
			return nil, &fs.PathError{Op: "lock", Path: dir, Err: err}
		}
	}
}

// isAt tells whether an open file still has its name.
func isAt(f *os.File, path string) bool {
	a, err := f.Stat()
	b, err2 := os.Lstat(path)
	return err == nil && err2 == nil && os.SameFile(a, b)
}

// openGuard opens the guard's directory in that of the log, and wants it to be ours alone. It may be exchanged for another
// right afterwards, but not for one outside of root.
func openGuard(root *os.Root) (*os.File, error) {
	path := filepath.Join(root.Name(), guardDir)
	dir, err := root.OpenFile(guardDir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	if no := syscall.Errno(0); errors.As(err, &no) && no != syscall.ENOTDIR && no != syscall.ELOOP {
		return nil, err
	}
	if err != nil { // also of a link that leads out of root
		return nil, &trust.Error{Path: path, Why: "it is no directory beside the log; remove it"}
	}
	i, err := dir.Stat()
	switch {
	case err != nil:
	case !trust.Owner(i):
		err = &trust.Error{Path: path, Why: "it belongs to another user; remove it"}
	case i.Mode().Perm()&0o022 != 0:
		err = &trust.Error{Path: path, Why: "others can write to it; remove it, or make its mode 0700"}
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// openPlain opens a file to read it, or whatever else is there.
func openPlain(path string) (*os.File, error) {
	if filepath.Base(filepath.Dir(path)) != guardDir {
		return trust.Open(path, os.O_RDONLY, 0)
	}
	root, name, err := within(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// linkGuard makes a hard link of a file into the guard's directory beside it. The file itself is never followed.
func linkGuard(path, link string) error {
	root, name, err := within(link)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Link(filepath.Base(path), name)
}

// makeDir takes what is there already, if that is a directory. Only the one in the state directory is made with its
// parents: the log's own directory is not ours to make.
func makeDir(path string) error {
	if filepath.Base(path) != guardDir {
		return os.MkdirAll(path, 0o700)
	}
	err := os.Mkdir(path, 0o700)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	i, err := os.Lstat(path)
	if err == nil && !i.IsDir() {
		err = &trust.Error{Path: path, Why: "it is no directory; remove it"}
	}
	return err
}

// writeNote lets a file appear whole or not at all, under a name that no crash can leave half of it.
func writeNote(path string, data []byte) error {
	root, name, err := within(path)
	if err != nil {
		return err
	}
	defer root.Close()
	tmp := name + tmpSuffix
	err = writeSynced(root, tmp, data)
	if err == nil {
		err = root.Rename(tmp, name)
	}
	if err != nil {
		root.Remove(tmp) // a full disk needs the space
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
