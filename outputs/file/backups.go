package file

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

const (
	stampForm  = "2006-01-02T15-04-05.000"
	compressed = ".zst"
	unfinished = ".tmp"
)

// backups are the rotated files of one output, NAME-TIME.EXT, whose names sort in the order of their rotation.
type backups struct {
	env         outputs.Env
	dir         string
	prefix, ext string
	keep        int
	compress    bool
	working     sync.WaitGroup // compression, one at a time
	last        string         // stamp of the newest
}

func newBackups(cfg Config, env outputs.Env) backups {
	dir, name := filepath.Split(cfg.Path)
	ext := filepath.Ext(name)
	return backups{env: env, dir: filepath.Clean(dir), prefix: strings.TrimSuffix(name, ext) + "-", ext: ext, keep: cfg.MaxBackups, compress: cfg.Compress == "zstd"}
}

// list gives the names of the backups, oldest first. Where a crash left both forms of one, the plain one counts.
func (b *backups) list() ([]string, error) {
	entries, err := b.env.Disk.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries { // in the order of names: the plain form comes before the compressed
		name := entry.Name()
		if b.stamp(name) == "" {
			continue
		}
		if n := len(names); n > 0 && names[n-1]+compressed == name {
			continue
		}
		names = append(names, name)
	}
	return names, nil
}

// stamp is the time in the name of a backup; empty: it is none.
func (b *backups) stamp(name string) string {
	middle, isBackup := strings.CutPrefix(strings.TrimSuffix(name, compressed), b.prefix)
	middle, hasExt := strings.CutSuffix(middle, b.ext)
	if _, err := time.Parse(stampForm, middle); err != nil || !isBackup || !hasExt {
		return ""
	}
	return middle
}

// newest is the stamp of the newest backup; empty: there is none.
func (b *backups) newest() (string, error) {
	names, err := b.list()
	for _, name := range names {
		b.last = max(b.last, b.stamp(name))
	}
	return b.last, err
}

// next is the name for a file rotated now, later than all before even if the clock was stepped back.
func (b *backups) next() (string, error) {
	newest, err := b.newest()
	if err != nil {
		return "", err
	}
	now := time.Now().UTC()
	if last, err := time.Parse(stampForm, newest); err == nil && !now.Truncate(time.Millisecond).After(last) {
		now = last.Add(time.Millisecond)
	}
	return filepath.Join(b.dir, b.prefix+now.Format(stampForm)+b.ext), nil
}

// read tells the IDs in a backup, plain or compressed, from an uncompressed offset on.
func (b *backups) read(name string, from int64, yield func(event.ID)) error {
	f, err := b.env.Disk.OpenFile(filepath.Join(b.dir, name), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	content := io.Reader(f)
	if strings.HasSuffix(name, compressed) {
		d, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		defer d.Close()
		content = d
	}
	if _, err := io.CopyN(io.Discard, content, from); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return scan(content, yield)
}

// rotate makes the active file a backup and begins a new one.
func (o *Output) rotate() error {
	name, err := o.backups.next()
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.closeActive(); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.env.Disk.Rename(o.cfg.Path, name); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := o.open(); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	o.backups.tidy()
	return nil
}

// tidy compresses and removes in the background, after what it did before.
func (b *backups) tidy() {
	b.working.Wait()
	b.working.Go(func() {
		err := b.remove()
		if b.compress {
			err = errors.Join(err, b.compressAll())
		}
		if err != nil {
			b.env.Log.Warn("tidy up rotated files", "error", err)
		}
	})
}

// remove deletes what is beyond max_backups, and what a crash left behind.
func (b *backups) remove() error {
	names, err := b.list()
	if err != nil || b.keep == 0 || len(names) <= b.keep {
		return err
	}
	for _, name := range names[:len(names)-b.keep] {
		err = cmp.Or(err, b.env.Disk.Remove(filepath.Join(b.dir, name)))
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
	temporary := path + compressed + unfinished
	out, err := b.env.Disk.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
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
	return errors.Join(b.env.Disk.SyncDir(b.dir), b.env.Disk.Remove(path))
}

func zstdCopy(out io.Writer, in io.Reader) error {
	e, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return err
	}
	_, err = io.Copy(e, in)
	return errors.Join(err, e.Close())
}

func (b *backups) close() error {
	b.working.Wait()
	return nil
}
