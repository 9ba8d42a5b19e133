package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/inputs/file"
)

// base is the log's name; a time stands between prefix and suffix in those of its backups.
const (
	base   = "audit.log"
	prefix = "audit-"
	suffix = ".log"
)

// segments are the closed files.
type segments struct {
	fs     disk.FS
	dir    string
	newest time.Time // in the name of a backup
}

// list returns the names of the backups, the oldest first.
func (s *segments) list() ([]string, error) {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if stamp, ok := strings.CutPrefix(e.Name(), prefix); ok && strings.HasSuffix(stamp, suffix) {
			if t, err := time.Parse(file.BackupTime, strings.TrimSuffix(stamp, suffix)); err == nil {
				names = append(names, e.Name())
				if t.After(s.newest) {
					s.newest = t
				}
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// name makes one for the next backup: later than all there are, whatever the clock says.
func (s *segments) name(now time.Time) string {
	now = now.UTC().Truncate(time.Millisecond)
	if !now.After(s.newest) {
		now = s.newest.Add(time.Millisecond)
	}
	s.newest = now
	return prefix + now.Format(file.BackupTime) + suffix
}

// survey learns what there is: how much, and what records stand in the newest backup.
func (l *Log) survey() error {
	names, err := l.segment.list()
	if err != nil {
		return fmt.Errorf("list spool: %w", err)
	}
	l.used = 0
	for _, name := range names {
		info, err := l.fs.Stat(filepath.Join(l.cfg.Dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("list spool: %w", err)
		}
		if err == nil {
			l.used += info.Size()
		}
	}
	l.known = ids{}
	if len(names) == 0 {
		return nil
	}
	f, err := l.fs.OpenFile(filepath.Join(l.cfg.Dir, names[len(names)-1]), os.O_RDONLY, 0)
	if err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	defer f.Close()
	if _, _, err := l.known.scan(f); err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	l.known.rotate(l.now())
	return nil
}

// repair takes a file over that another process may have left in any state.
func (l *Log) repair(f disk.File) error {
	end, torn, err := l.known.scan(f)
	if err != nil {
		return err
	}
	if torn {
		if err := f.Truncate(end); err != nil {
			return err
		}
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if err := disk.Rewrite(f, 0, end); err != nil { // it syncs, what was cut off too
		return err
	}
	if err := l.fs.SyncDir(l.cfg.Dir); err != nil {
		return err
	}
	l.size, l.synced, l.torn = 0, end, false
	l.grow(end)
	return nil
}

// rotate closes the file under way, all of which is durable, and begins another.
func (l *Log) rotate() error {
	err := l.open.Close()
	if l.open = nil; err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	live := filepath.Join(l.cfg.Dir, base)
	if err := l.fs.Rename(live, filepath.Join(l.cfg.Dir, l.segment.name(l.now()))); err != nil {
		return fmt.Errorf("rotate spool: %w", err)
	}
	l.known.rotate(l.now())
	return l.begin()
}

// release deletes the backups that all pipelines are past, but the newest.
func (l *Log) release() {
	past := l.Past()
	l.turn.Lock()
	defer l.turn.Unlock()
	names, err := l.segment.list()
	if err != nil || len(names) == 0 {
		return // the pipelines' readers tell
	}
	removed := false
	for _, name := range names[:len(names)-1] {
		if slices.Contains(past, name) {
			removed = l.remove(filepath.Join(l.cfg.Dir, name)) || removed
		}
	}
	if removed {
		_ = l.fs.SyncDir(l.cfg.Dir) // else they come back after a crash, and go again
	}
}

func (l *Log) remove(path string) bool {
	info, err := l.fs.Stat(path)
	if err == nil {
		err = l.fs.Remove(path)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.log.Warn("delete what all pipelines have read", "error", err)
		}
		return false
	}
	l.used -= info.Size()
	return true
}

func newSection(f disk.File, from, to int64) io.Reader { return io.NewSectionReader(f, from, to-from) }
