package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/auditship/auditship/outputs"
)

// Probe looks whether this process could write the file, or make it with its directory, and has room for it. It opens nothing.
func (o *Output) Probe(context.Context) (p outputs.Probe, err error) {
	dir := nearest(filepath.Dir(o.cfg.Path))
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return p, &outputs.Fault{Reason: "permission_denied", Blocked: true, Err: &fs.PathError{Op: "write to directory", Path: dir, Err: err}}
	}
	p.Found = append(p.Found, "the directory can be written")
	if err := unix.Access(o.cfg.Path, unix.W_OK); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, &outputs.Fault{Reason: "permission_denied", Blocked: true, Err: &fs.PathError{Op: "write", Path: o.cfg.Path, Err: err}}
	}
	free, err := o.env.Disk.Free(dir)
	if err != nil {
		return p, &outputs.Fault{Reason: "write_failed", Err: err}
	}
	switch wanted := int64(o.cfg.MaxSize) * int64(o.cfg.MaxBackups+1); {
	case free < o.env.MinFree:
		return p, &outputs.Fault{Reason: "disk_full", Blocked: true, Err: fmt.Errorf("%d MiB are free, and disk.min_free is %d", free>>20, o.env.MinFree>>20)}
	case o.cfg.MaxSize == 0 || o.cfg.MaxBackups == 0:
		p.Doubts = append(p.Doubts, "it grows without a limit: set max_size and max_backups, or rotate it by other means")
	case free-o.env.MinFree < wanted:
		p.Doubts = append(p.Doubts, fmt.Sprintf("it may take %d MiB, and %d are free beyond disk.min_free", wanted>>20, (free-o.env.MinFree)>>20))
	}
	return p, nil
}

// nearest is the directory, or what is there of the way to it: Open makes the rest.
func nearest(dir string) string {
	for dir != filepath.Dir(dir) && errors.Is(unix.Access(dir, unix.F_OK), fs.ErrNotExist) {
		dir = filepath.Dir(dir)
	}
	return dir
}

var _ outputs.Prober = (*Output)(nil)
