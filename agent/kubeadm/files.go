package kubeadm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/auditship/auditship/agent/disk"
)

// maxFile bounds what is read: kubelet reads no longer manifest (pkg/kubelet/config/file.go, maxConfigLength: 10 MiB).
const maxFile = 10 << 20

// ReadFile reads a file that somebody has named: a regular one, of at most 10 MiB. It never waits for a FIFO's writer.
func ReadFile(name string) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is no regular file", name))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than 10 MiB", name)
	}
	return text, err
}

// readFile reads a whole file.
func readFile(f disk.FS, name string) (text []byte, mode fs.FileMode, err error) {
	file, err := f.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	text, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than 10 MiB", name)
	}
	return text, info.Mode().Perm(), err
}

// replace puts a file in its place, whole and durably, or leaves the one that is there. Until then it has a name that begins
// with a dot: kubelet passes those over, both when it lists the directory of manifests and when it is told of a change
// (pkg/kubelet/config/file.go, extractFromDir: "[^.]*"; file_linux.go, produceWatchEvent). The rename is to kubelet as a
// file created, and so a pod updated.
func replace(f disk.FS, name string, text []byte, mode fs.FileMode) error {
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".auditship")
	err := write(f, temporary, text, mode)
	if err == nil {
		err = f.Rename(temporary, name)
	}
	if err != nil {
		if gone := f.Remove(temporary); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}
	return f.SyncDir(filepath.Dir(name))
}

func write(f disk.FS, name string, text []byte, mode fs.FileMode) (err error) {
	if err := f.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // left by a crash, perhaps with other permissions
	}
	file, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	written := make([]byte, len(text))
	if _, err := file.ReadAt(written, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !bytes.Equal(written, text) {
		return fmt.Errorf("%s does not read back as it was written", name)
	}
	return nil
}
