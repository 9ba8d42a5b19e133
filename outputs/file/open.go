package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/outputs"
)

// open makes the active file ready to be appended to at state.Size. The first time, after an error, and when somebody else
// has had a hand in it, it looks at what is really there.
func (o *Output) open() error {
	if o.active != nil {
		intact, err := o.intact()
		if intact || err != nil {
			return err
		}
		o.env.Log.Warn("somebody has removed, renamed or changed the file; going on with what is there now", "path", o.cfg.Path)
		o.ours = false
		o.closeActive()
	}
	if err := o.takeLock(); err != nil {
		return notOurs(err)
	}
	if err := o.openActive(); err != nil {
		o.closeActive()
		return notOurs(err)
	}
	return nil
}

// intact tells whether the open file is still the one at the path, and as long as it was made.
func (o *Output) intact() (bool, error) {
	held, err := disk.Holds(o.env.Disk, o.cfg.Path, o.active)
	if !held || err != nil {
		return false, err
	}
	info, err := o.active.Stat()
	return err == nil && info.Size() == o.state.Size, err
}

// openActive syncs the directory twice: a file that was renamed must have its new name for good before another takes the
// old one.
func (o *Output) openActive() (err error) {
	dir := filepath.Dir(o.cfg.Path)
	if err := o.env.Disk.SyncDir(dir); err != nil {
		return err
	}
	if o.active, err = o.env.Disk.OpenFile(o.cfg.Path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		o.active = nil
		return err
	}
	if err := o.recover(); err != nil {
		return err
	}
	return o.env.Disk.SyncDir(dir)
}

// takeLock keeps other processes away from the path: two writers would tear each other's lines.
func (o *Output) takeLock() error {
	dir, name := filepath.Split(o.cfg.Path)
	path := filepath.Join(dir, "."+name+".lock")
	if o.lock != nil {
		held, err := disk.Holds(o.env.Disk, path, o.lock)
		if held || err != nil {
			return err
		}
		o.lock.Close() // the whole directory may be gone
		o.lock = nil
	}
	if err := disk.MakeDir(o.env.Disk, dir, 0o700); err != nil {
		return err
	}
	f, err := o.env.Disk.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Lock(); err != nil {
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		return &outputs.Fault{Reason: "locked", Blocked: true, Detail: "another process or another output writes to " + o.cfg.Path, Err: err}
	}
	o.lock = f
	return nil
}

// recover finds out where to go on, and reads what may come again. What a process before this one has left may be in the
// page cache alone, so it is made durable here: if it comes again it is not written again.
func (o *Output) recover() error {
	info, err := o.active.Stat()
	if err != nil {
		return err
	}
	if err := o.planted(info); err != nil {
		return err
	}
	newest, err := o.backups.newest()
	if err != nil {
		return err
	}
	same := false
	if newest == o.state.After {
		if same, err = o.state.endsIn(activeOpener(o.active)); err != nil {
			return err
		}
	}
	lines, from, end, err := o.remains(info.Size(), same)
	if err != nil {
		return err
	}
	if err := o.cut(info.Size(), end); err != nil {
		return err
	}
	if err := disk.Rewrite(o.active, from, end); err != nil {
		return err
	}
	if o.replay {
		o.known.expect(lines)
		o.replay = false
	}
	if !same || end != o.state.Size {
		o.state.Last = ""
	}
	o.state.After, o.state.Size, o.ours = newest, end, true
	return nil
}

// remains tells from where on and up to where lines in the active file are whole, although not known to be durable, and
// which of them may come again.
func (o *Output) remains(size int64, same bool) (lines []line, from, end int64, err error) {
	switch {
	case o.replay:
		return o.readRepeats()
	case same && o.ours: // behind it is what a failed attempt left; it is written again
		return nil, o.state.Size, o.state.Size, nil
	}
	end, err = lastNewline(o.active, size)
	return nil, end, end, err
}

// cut shortens the file to its last good line.
func (o *Output) cut(size, end int64) error {
	if size == end {
		return nil
	}
	o.env.Log.Info("cutting off what a crash or a full disk left of a write", "path", o.cfg.Path, "bytes", size-end)
	if err := errors.Join(o.active.Truncate(end), o.active.Sync()); err != nil {
		return fmt.Errorf("cut a torn line: %w", err)
	}
	return nil
}
