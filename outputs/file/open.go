package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// open makes the active file ready to be appended to at state.Size. The first time, and after an error, it looks at what
// is really there.
func (o *Output) open() error {
	if o.active != nil {
		return nil
	}
	if err := o.takeLock(); err != nil {
		return err
	}
	f, err := o.env.Disk.OpenFile(o.cfg.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	o.active = f
	if err := o.recover(); err != nil {
		o.closeActive()
		return err
	}
	return o.env.Disk.SyncDir(filepath.Dir(o.cfg.Path))
}

// takeLock keeps other processes away from the path: two writers would tear each other's lines.
func (o *Output) takeLock() error {
	if o.lock != nil {
		return nil
	}
	dir, name := filepath.Split(o.cfg.Path)
	if err := o.env.Disk.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := o.env.Disk.OpenFile(filepath.Join(dir, "."+name+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Lock(); err != nil {
		f.Close()
		return &outputs.Fault{Reason: "locked", Blocked: true, Detail: "another process or another output writes to " + o.cfg.Path, Err: err}
	}
	o.lock = f
	return nil
}

// recover finds out where to go on, and reads what may come again.
func (o *Output) recover() error {
	info, err := o.active.Stat()
	if err != nil {
		return err
	}
	end, err := lastNewline(o.active, info.Size())
	if err != nil {
		return err
	}
	newest, err := o.backups.newest()
	if err != nil {
		return err
	}
	switch same := newest == o.state.After && o.state.Size <= end; {
	case o.replay:
		if err := o.readRepeats(same); err != nil {
			return err
		}
		o.replay = false
	case same && o.ours:
		end = o.state.Size // behind it is what a failed attempt left; it is written again
	}
	if err := o.cut(info.Size(), end); err != nil {
		return err
	}
	o.state, o.ours = state{After: newest, Size: end}, true
	return nil
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

// readRepeats reads the IDs of all lines behind the state. If it is not the same file any more, it was rotated since: the
// lines begin in the first backup that the state does not know yet, and go on in those after it.
func (o *Output) readRepeats(same bool) error {
	remember := func(id event.ID) { o.known.ids = append(o.known.ids, id) }
	from := o.state.Size
	if !same {
		names, err := o.backups.list()
		if err != nil {
			return err
		}
		for _, name := range names {
			if o.backups.stamp(name) <= o.state.After {
				continue
			}
			if err := o.backups.read(name, from, remember); err != nil {
				return err
			}
			from = 0
		}
	}
	if info, err := o.active.Stat(); err != nil || info.Size() < from {
		from = 0 // it was replaced by another file
	}
	return scan(io.NewSectionReader(o.active, from, 1<<62), remember)
}
