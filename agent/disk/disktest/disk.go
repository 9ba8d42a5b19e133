// Package disktest is a disk in memory that fails as badly as POSIX and ext4 allow.
//
// What was not synced may be lost at a power loss, in whole or in part: any subset of writes, each torn at any byte or
// between any sectors; a file may have grown without its content (zeros); each creation, renaming and removal in a
// directory is kept or lost on its own until that directory is synced. A kill keeps what the kernel has, but may cut the
// write under way. A sync that fails drops pages and calls the rest clean (PostgreSQL's "fsyncgate"): the next sync
// succeeds, and the content may be seen until the power goes.
//
// A test stops the world in the middle of any call (StopAt), makes calls fail (FailWith), and lets the disk live on
// (Restart). Everything that is left to chance comes from one seed.
package disktest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"github.com/auditship/auditship/agent/disk"
)

// ErrStopped is what every call gives after the world has stopped.
var ErrStopped = errors.New("the world has stopped")

// Disk is one disk. It is safe for concurrent use, but only calls one after another replay from a seed.
type Disk struct {
	mu      sync.Mutex
	rng     *rand.Rand
	root    *node
	boot    int // counts restarts: what was opened before is dead
	calls   int
	stopAt  int // call in the middle of which the world stops; 0: none
	stopped chan struct{}
	fail    func(Call) error
	free    int64
	pace    map[string]uint64 // how many calls each name has had; nil: calls take no time
	seed    uint64
	history uint64
}

// Call is one call of the file system.
type Call struct {
	N    int // the first after a Restart is 1
	Op   string
	Name string
}

// Writes tells whether the call changes something, and so can meet a full or read-only disk.
func (c Call) Writes() bool {
	switch c.Op {
	case "write", "truncate", "create", "rename", "remove", "mkdir":
		return true
	}
	return false
}

// New makes an empty disk with plenty of free space; the directory "/" exists.
func New(seed uint64) *Disk {
	return &Disk{seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), root: newDir(0o755), free: 1 << 40, stopped: make(chan struct{})}
}

// Mount is the file system as the process sees it that runs until the next Restart.
func (d *Disk) Mount() disk.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &mount{disk: d, boot: d.boot}
}

// Admin is the file system as somebody else sees it: calls are not counted and do not fail.
func (d *Disk) Admin() disk.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &mount{disk: d, boot: d.boot, admin: true}
}

// Calls is how many calls there were since the last Restart.
func (d *Disk) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// StopAt stops the world in the middle of the n-th call after the last Restart. 0: never.
func (d *Disk) StopAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopAt = n
}

// Stopped is closed when the world stops. Restart makes a new one.
func (d *Disk) Stopped() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopped
}

// FailWith has each call fail for which decide gives an error. A failed write has written a part.
func (d *Disk) FailWith(decide func(Call) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = decide
}

// SetFree says what Free tells. It bounds nothing.
func (d *Disk) SetFree(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = bytes
}

// How is how a process ends.
type How int

// The ways to end.
const (
	Kill      How = iota // the kernel lives on
	PowerLoss            // what was not synced is up to chance
)

func (h How) String() string { return [...]string{"kill", "power loss"}[h] }

// Restart ends the process that has mounted the disk: its open files are dead, its locks are free. No call fails any more,
// and the world does not stop.
func (d *Disk) Restart(how How) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if how == PowerLoss {
		d.root.losePower(fateOf(d.rng))
	}
	d.boot++
	d.calls, d.stopAt, d.fail, d.stopped = 0, 0, nil, make(chan struct{})
}

// effect is how much of a call takes place.
type effect int

const (
	whole       effect = iota
	interrupted        // the world stops in the middle of it
	failed             // it gives an error
)

// do counts a call and lets it take place, whole or not.
func (m *mount) do(op, name string, act func(effect) error) error {
	d := m.disk
	if !m.admin {
		d.pause(op, name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case m.boot != d.boot:
		return ErrStopped
	case m.admin:
		return wrap(op, name, act(whole))
	case d.hasStopped():
		return ErrStopped
	}
	d.calls++
	d.remember(op, name)
	if d.calls == d.stopAt {
		close(d.stopped)
		_ = act(interrupted)
		return ErrStopped
	}
	if d.fail != nil {
		if err := d.fail(Call{N: d.calls, Op: op, Name: name}); err != nil {
			_ = act(failed)
			return wrap(op, name, err)
		}
	}
	return wrap(op, name, act(whole))
}

func (d *Disk) hasStopped() bool {
	select {
	case <-d.stopped:
		return true
	default:
		return false
	}
}

func wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Dump tells what is on the disk, for a failing test.
func (d *Disk) Dump(dir string) string {
	admin := d.Admin()
	entries, err := admin.ReadDir(dir)
	if err != nil {
		return err.Error() + "\n"
	}
	text := ""
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if entry.IsDir() {
			text += d.Dump(path)
			continue
		}
		content, err := Read(admin, path)
		text += fmt.Sprintf("%s: %d bytes, %v\n", path, len(content), err)
	}
	return text
}
