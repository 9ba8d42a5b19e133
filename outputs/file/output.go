// Package file delivers events to a file on this machine, as JSON lines.
//
// Exactly once: a Write is acknowledged when its lines are synced, and the state is how long the file was then. After a
// crash the lines behind that are read; events that are among them are not written again, and a torn last line is cut.
package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

const defaultMaxEventBytes = 16 << 20

// Output writes to one path. It belongs to one goroutine.
type Output struct {
	cfg     Config
	env     outputs.Env
	lock    disk.File
	active  disk.File
	save    func(context.Context, []byte) error
	state   state // of the active file
	resumed state // what the checkpoint had
	noted   bool  // a state of this path is in the checkpoint
	replay  bool  // lines behind the state may come again; until they are read
	ours    bool  // state is what we made of the file ourselves
	known   repeats
	buffer  []byte
	ids     []event.ID // of the events in buffer
	backups
}

// New makes the output of a file block.
func New(cfg Config, env outputs.Env) (outputs.Output, error) {
	if cfg.Path == "-" {
		return newStdout(), nil
	}
	o := &Output{cfg: cfg, env: env}
	o.backups = newBackups(cfg, env)
	return o, nil
}

// Validate reports what is wrong with the block.
func (c Config) Validate(report func(path, problem string)) {
	switch {
	case c.Path == "":
		report("path", `is missing; give an absolute path, or "-" for standard output`)
	case c.Path != "-" && !filepath.IsAbs(c.Path):
		report("path", `must be absolute, or "-" for standard output`)
	case c.Path == "-" && (c.MaxSize != 0 || c.MaxBackups != 0 || c.Compress != ""):
		report("path", `standard output is never rotated; leave out max_size, max_backups and compress`)
	}
	if c.MaxSize != 0 && c.MaxSize < 64<<10 {
		report("max_size", "is below 64KiB, which would rotate at nearly every batch; choose a larger one, or leave it out to never rotate")
	}
	if c.MaxBackups < 0 {
		report("max_backups", "can't be negative; 0 keeps all")
	}
	if c.MaxSize == 0 && (c.MaxBackups != 0 || c.Compress == "zstd") {
		report("max_size", "is missing: without it the file is never rotated, and max_backups and compress mean nothing")
	}
	if c.Compress != "" && c.Compress != "none" && c.Compress != "zstd" {
		report("compress", `must be "zstd" or "none"`)
	}
}

// Traits: one Write at a time, since lines stand in order.
func (o *Output) Traits() outputs.Traits {
	return outputs.Traits{Writes: 1, MaxEventBytes: defaultMaxEventBytes}
}

// Open takes over the state. The file itself is locked and opened by the first Write, since its disk may come later. The
// state of another path says nothing about this one.
func (o *Output) Open(_ context.Context, r outputs.Resume) error {
	o.save = r.Save
	var last state
	if r.State != nil {
		if err := json.Unmarshal(r.State, &last); err != nil {
			return fmt.Errorf("read state of %s: %w", o.cfg.Path, err)
		}
	}
	if last.Path == o.cfg.Path {
		o.state, o.noted, o.replay = last, true, true // r.Replay or not: where nothing is behind the state this costs nothing
	}
	o.state.Path = o.cfg.Path
	o.resumed = o.state
	return nil
}

// Write appends the events that are not there yet and returns when they are synced.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if err := ctx.Err(); err != nil {
		return outputs.Ack{}, err
	}
	if err := o.open(); err != nil {
		return outputs.Ack{}, o.fault(err)
	}
	if err := o.note(ctx); err != nil {
		return outputs.Ack{}, err
	}
	duplicates, err := o.append(events)
	if err != nil {
		o.known.failed()
		o.closeActive()
		return outputs.Ack{}, o.fault(err)
	}
	saved, err := o.ack()
	return outputs.Ack{State: saved, Duplicates: duplicates}, err
}

// note saves how long the file was before anything of ours: after a crash only what is behind that is read.
func (o *Output) note(ctx context.Context) error {
	if o.noted || o.save == nil {
		return nil
	}
	saved, err := json.Marshal(o.state)
	if err == nil {
		err = o.save(ctx, saved)
	}
	o.noted = err == nil
	return err
}

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

// fault says what sort of trouble err is.
func (o *Output) fault(err error) error {
	o.buffer, o.ids = o.buffer[:0], o.ids[:0]
	var fault *outputs.Fault
	switch {
	case errors.As(err, &fault):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &outputs.Fault{Reason: "disk_full", Blocked: true, Err: err}
	case errors.Is(err, syscall.EROFS):
		return &outputs.Fault{Reason: "read_only", Blocked: true, Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &outputs.Fault{Reason: "permission_denied", Blocked: true, Err: err}
	}
	return &outputs.Fault{Reason: "write_failed", Err: err}
}

func (o *Output) closeActive() error {
	if o.active == nil {
		return nil
	}
	err := o.active.Close()
	o.active = nil
	return err
}

// Close closes the file and waits for a compression under way.
func (o *Output) Close() error {
	err := errors.Join(o.closeActive(), o.backups.close())
	if o.lock != nil {
		err = errors.Join(err, o.lock.Close())
		o.lock = nil
	}
	return err
}
