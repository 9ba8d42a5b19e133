// Package file reads a Kubernetes audit log as kube-apiserver writes it: a live file and its rotated backups, which
// together are one sequence of records that can be read again from any position.
//
// # Which file is which
//
// A file is known by the SHA-256 of its first line, whatever its name and inode are. A cursor maps each file to the
// offset, in uncompressed bytes, up to which it is done; a file that is longer than its offset is unread. So renames,
// gzip, rotations while nobody watched and stepped clocks need no rules of their own.
//
// # Order
//
// The file under way is read to its end, also after its rename; then unread backups, those first that were first seen
// first, and of those that were first seen together the ones that are older by the guard's sequence, logrotate's number,
// the time in their name or of their last change; then the log itself. No timer decides that a file is finished:
// kube-apiserver closes a file before it renames it; of a file that somebody else renamed, all that is known is that a
// newer one holds data, so its size is watched as long as it exists. An incomplete last line waits until then.
//
// # What is lost
//
// Records that were deleted before they were read are told as an [inputs.GapError], once. The retention guard makes that
// rare: see [Input.Run].
//
// The log may be a symbolic link of root's or our own, which is followed and logged; a backup may not. What is neither is
// refused, and never waited for. Whatever others plant beside the log, nothing outside of its directory is touched.
package file

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auditship/auditship/inputs"
)

// pollEvery is how often the directory is looked at where nothing else gives cause to; calmEvery while nothing is written,
// nothing is kept from deletion, and inotify has always told when the log changed: on a network file system it may not, which is
// found once.
const (
	pollEvery = time.Second
	calmEvery = 10 * pollEvery
)

// Input is one audit log.
type Input struct {
	cfg   Config
	log   *slog.Logger
	count func(anomaly string)
	sys   system

	mostHeld int // maxHeld, but in the model

	// What follows belongs to the goroutine of Run.
	last   info // of the log at the last event
	lastAt time.Time
	alert  time.Time     // when it was seen to rotate last
	woken  time.Time     // when the readers were woken last, or the guard was through
	pause  time.Duration // how long events are left to gather
	atEase bool          // and longer, while nobody waits for more
	blind  bool          // the log changed, and no event told

	calm     atomic.Bool             // see calmEvery
	waiting  atomic.Int32            // readers that wait for the log to grow
	wanted   chan struct{}           // has something when one began to
	shared   atomic.Bool             // another agent has claimed the directory for links
	guarding atomic.Bool             // links keep unread files from deletion
	listed   atomic.Pointer[listing] // what Run saw last
	before   atomic.Uint64           // the highest sequence of a previous run's guard
	line     atomic.Pointer[[]found] // see lineage
	holding  atomic.Pointer[[]found] // what the guard has open, and will copy when it is deleted

	mu      sync.Mutex
	readers map[string]*reader // by pipeline
	noticed map[string]bool

	past *lister // of Past

	shelf shelf
}

// New returns the input of a log, which need not exist. count is called for each anomaly that is met, beside a line in
// the log: nul_bytes, shrunk, corrupt_gzip, line_too_long, two_rotators, symlink, not_regular, untrusted,
// file_mounted, unreadable, inotify_lost, guard_failed, guard_gave_up, guard_too_late, guard_shared.
func New(cfg Config, log *slog.Logger, count func(anomaly string)) *Input {
	in := &Input{cfg: cfg.withDefaults(), log: log, count: count, sys: disk{}, mostHeld: maxHeld, wanted: make(chan struct{}, 1),
		readers: map[string]*reader{}, noticed: map[string]bool{}}
	in.before.Store(math.MaxUint64) // until the guard runs
	return in
}

// Open returns a reader for a pipeline, in place of one that it may have had before.
func (in *Input) Open(o inputs.Options) (inputs.Reader, error) {
	if o.Start == "" {
		o.Start = in.cfg.Start
	}
	r := &reader{in: in, o: o, lister: newLister(in), woken: make(chan struct{}, 1)}
	r.files = catalogue{sys: in.sys, base: in.base(), scratch: r.lister.scratch, kept: r.kept}
	r.win.room, r.win.shelf, r.win.whose = o.Room, &in.shelf, r.whose
	r.win.reset(nil, false, 0)
	r.stale.Store(true)
	r.untilLoss.Store(math.Float64bits(math.Inf(1)))
	r.lister.absent = o.Cursor == nil
	if o.Cursor != nil {
		if err := r.restore(); err != nil {
			return nil, fmt.Errorf("open %s for %s: %w", in.cfg.Path, o.Pipeline, err)
		}
	}
	if o.Cursor == nil {
		r.look() // so that Cursor says where End is before a record is read: a crash then must not move it
	}
	r.publish()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.readers[o.Pipeline] = r
	return r, nil
}

// Forget is part of inputs.Input.
func (in *Input) Forget(pipeline string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.readers, pipeline)
}

func (r *reader) restore() error {
	c, err := parseCursor(r.o.Cursor)
	if err != nil {
		return err
	}
	if c.start != "" {
		r.o.Start, r.o.Cursor = c.start, nil
		return nil
	}
	r.files.restore(c.files)
	r.committed.Store(c)
	return nil
}

// broadcast wakes all readers. stale: they shall look at the directory.
func (in *Input) broadcast(stale bool) {
	for _, r := range in.all() {
		r.wake(stale)
	}
}

func (in *Input) all() []*reader {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := make([]*reader, 0, len(in.readers))
	for _, r := range in.readers {
		all = append(all, r)
	}
	return all
}

// maxNoticed bounds the memory of what was logged.
const maxNoticed = 4096

// notice logs and counts an anomaly, once for all readers that meet it.
func (in *Input) notice(anomaly, file, message string, args ...any) {
	key := fmt.Sprint(anomaly, file, args)
	in.mu.Lock()
	known := in.noticed[key]
	if len(in.noticed) >= maxNoticed {
		clear(in.noticed)
	}
	in.noticed[key] = true
	in.mu.Unlock()
	if !known {
		in.log.Warn(message, append([]any{"log", in.cfg.Path, "file", file}, args...)...)
		in.count(anomaly)
	}
}

func (in *Input) dir() string  { return filepath.Dir(in.cfg.Path) }
func (in *Input) base() string { return filepath.Base(in.cfg.Path) }

// ownDirs are those of guardDirs that are this agent's.
func (in *Input) ownDirs() []string {
	if in.shared.Load() {
		return in.guardDirs()[1:]
	}
	return in.guardDirs()
}

// guardDirs are where the retention guard keeps links, and copies.
func (in *Input) guardDirs() []string {
	dirs := []string{filepath.Join(in.dir(), guardDir)}
	if in.cfg.GuardDir != "" {
		dirs = append(dirs, in.cfg.GuardDir)
	}
	return dirs
}

var _ interface {
	inputs.Input
	Run(context.Context) error
} = (*Input)(nil)
