package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

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
	start       func(work func()) // in the background
	working     *sync.WaitGroup   // what was started; one at a time
	last        string            // stamp of the newest
}

func newBackups(cfg Config, env outputs.Env) backups {
	dir, name := filepath.Split(cfg.Path)
	ext := filepath.Ext(name)
	working := &sync.WaitGroup{}
	return backups{start: working.Go, working: working, env: env, dir: filepath.Clean(dir), prefix: strings.TrimSuffix(name, ext) + "-", ext: ext, keep: cfg.MaxBackups, compress: cfg.Compress == "zstd"}
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
		if b.stamp(name) == "" || !isFile(entry) {
			continue
		}
		if n := len(names); n > 0 && names[n-1]+compressed == name {
			continue
		}
		names = append(names, name)
	}
	return names, nil
}

// isFile tells whether a backup can be what is there: who rotates a file that is a symbolic link makes a backup that is one.
func isFile(entry os.DirEntry) bool {
	return entry.Type().IsRegular() || entry.Type() == os.ModeSymlink
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

// since gives the backups behind a stamp, oldest first.
func (b *backups) since(stamp string) (parts []part, err error) {
	names, err := b.list()
	for _, name := range names {
		if this := b.stamp(name); this > stamp {
			parts = append(parts, part{stamp, func(offset int64) (io.ReadCloser, error) { return b.openAt(name, offset) }})
			stamp = this
		}
	}
	return parts, err
}

// openAt reads a backup, plain or compressed, from an uncompressed offset on; io.EOF: it is shorter.
func (b *backups) openAt(name string, offset int64) (io.ReadCloser, error) {
	f, err := b.env.Disk.OpenFile(filepath.Join(b.dir, name), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	content := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, 1<<62-offset), f}
	if !strings.HasSuffix(name, compressed) {
		return content, nil
	}
	d, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err == nil {
		content.Reader, content.Closer = d, closers{d.IOReadCloser(), f}
		_, err = io.CopyN(io.Discard, d, offset)
	}
	if err != nil {
		content.Close()
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return content, nil
}

type closers []io.Closer

func (all closers) Close() (err error) {
	for _, c := range all {
		err = errors.Join(err, c.Close())
	}
	return err
}

func (b *backups) close() error {
	b.working.Wait()
	return nil
}
