package file

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/auditship/auditship/agent/disk"
)

// tidy compresses and removes in the background, after what it did before.
func (b *backups) tidy() {
	b.working.Wait()
	b.start(func() {
		err := b.remove()
		if b.compress {
			err = errors.Join(err, b.compressAll())
		}
		if err != nil {
			b.env.Log.Warn("tidy up rotated files", "error", err)
		}
	})
}

// remove deletes what is beyond max_backups, and what a crash left of a compression.
func (b *backups) remove() error {
	entries, err := b.env.Disk.ReadDir(b.dir)
	for _, entry := range entries {
		if name, isUnfinished := strings.CutSuffix(entry.Name(), compressed+unfinished); isUnfinished && b.stamp(name) != "" {
			err = errors.Join(err, b.env.Disk.Remove(filepath.Join(b.dir, entry.Name())))
		}
	}
	names, listErr := b.list()
	if err = errors.Join(err, listErr); err != nil || b.keep == 0 || len(names) <= b.keep {
		return err
	}
	for _, name := range names[:len(names)-b.keep] {
		err = errors.Join(err, b.env.Disk.Remove(filepath.Join(b.dir, name)))
	}
	return err
}

func (b *backups) compressAll() error {
	names, err := b.list()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, compressed) {
			err = errors.Join(err, b.compressOne(filepath.Join(b.dir, name)))
		}
	}
	return err
}

// compressOne replaces a backup by its compressed form, which is durable before the plain one goes.
func (b *backups) compressOne(path string) error {
	in, err := b.env.Disk.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := b.roomFor(in); err != nil {
		return err
	}
	temporary := path + compressed + unfinished
	out, err := b.env.Disk.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // what a crash left of it is removed before
	if err != nil {
		return err
	}
	err = zstdCopy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, b.env.Disk.Remove(temporary))
	}
	if err := b.env.Disk.Rename(temporary, path+compressed); err != nil {
		return err
	}
	if err := b.env.Disk.SyncDir(b.dir); err != nil {
		return err // without it the plain one could go and the compressed one with it
	}
	return b.env.Disk.Remove(path)
}

// roomFor makes sure that a compressed form, however badly it compresses, leaves the disk its last free space.
func (b *backups) roomFor(in disk.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	return room(b.env, b.dir, info.Size())
}

func zstdCopy(out io.Writer, in io.Reader) error {
	e, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return err
	}
	_, err = io.Copy(e, in)
	return errors.Join(err, e.Close())
}
