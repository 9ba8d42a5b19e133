package file

import (
	"fmt"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// append writes what is new. What an earlier attempt has already made durable is known, and counts as written, not as a
// duplicate.
func (o *Output) append(events []event.Event) (duplicates int, err error) {
	for i := range events {
		e := &events[i]
		if o.known.has(e.ID) {
			continue
		}
		start := len(o.buffer)
		o.buffer = append(e.AppendJSON(o.buffer), '\n')
		o.ids = append(o.ids, e.ID)
		if o.mustRotate(len(o.buffer)) {
			if err := o.rotateBefore(start); err != nil {
				return 0, err
			}
		}
	}
	if err := o.flush(len(o.buffer), len(o.ids)); err != nil {
		return 0, err
	}
	if cap(o.buffer) > 4*max(o.env.MaxBytes, 1<<20) {
		o.buffer = nil // grown for a huge event
	}
	return o.known.succeeded(), nil
}

// rotateBefore flushes the lines before start, and goes on with those behind it in a new file.
func (o *Output) rotateBefore(start int) error {
	if err := o.flush(start, len(o.ids)-1); err != nil {
		return err
	}
	if o.state.Size == 0 {
		return nil // a line longer than a whole file has a file of its own
	}
	return o.rotate()
}

func (o *Output) mustRotate(more int) bool {
	return o.cfg.MaxSize > 0 && o.state.Size+int64(more) > int64(o.cfg.MaxSize)
}

// flush writes and syncs the first bytes of the buffer, which are the lines of the first ids.
func (o *Output) flush(bytes, lines int) error {
	if bytes > 0 {
		if err := room(o.env, o.dir, int64(bytes)); err != nil {
			return err
		}
		if _, err := o.active.WriteAt(o.buffer[:bytes], o.state.Size); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if err := o.active.Sync(); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		o.state.Size += int64(bytes)
		o.state.Last = o.ids[lines-1].String()
		o.known.wrote(o.ids[:lines])
	}
	o.buffer = append(o.buffer[:0], o.buffer[bytes:]...)
	o.ids = append(o.ids[:0], o.ids[lines:]...)
	return nil
}

// room makes sure that the disk keeps its last free space.
func room(env outputs.Env, dir string, bytes int64) error {
	free, err := env.Disk.Free(dir)
	if err != nil {
		return err
	}
	if free-bytes < env.MinFree {
		return &outputs.Fault{Reason: "disk_full", Blocked: true, Detail: fmt.Sprintf("%d bytes free, %d must stay (disk.min_free)", free, env.MinFree)}
	}
	return nil
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
