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

	chunk    int64      // see there
	buffer   []byte     // lines to be written
	unsynced int64      // bytes written behind state.Size
	ids      []event.ID // of the events in both
	backups
}

// New makes the output of a file block.
func New(cfg Config, env outputs.Env) (outputs.Output, error) {
	if cfg.Path == "-" {
		return newStdout(), nil
	}
	o := &Output{cfg: cfg, env: env, chunk: chunk}
	o.backups = newBackups(cfg, env)
	return o, nil
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
		if last.Size < 0 {
			return fmt.Errorf("read state of %s: size %d", o.cfg.Path, last.Size)
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

// fault says what sort of trouble err is.
func (o *Output) fault(err error) error {
	o.unsynced, o.ids = 0, o.ids[:0]
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
