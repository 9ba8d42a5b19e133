// Package spool is an audit log of the agent's own, for inputs that can't be read again: what arrives is appended to it,
// durably, before it is acknowledged, and every pipeline reads it like any other log, with the same cursors.
//
// It lies in the state directory as kube-apiserver would write it: audit.log, and closed backups of it, named as
// gopkg.in/natefinch/lumberjack.v2 names them. A backup is deleted when all pipelines are past it; the newest stays, so that
// what is sent again after a restart is known (see [Log.Append]).
package spool

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/file"
)

// ErrFull says that the log has no room until pipelines have read what is there.
var ErrFull = errors.New("the disk budget is used up by what outputs have not acknowledged")

// Config says where the log is and what it may take.
type Config struct {
	Dir          string // in the state directory; made where it is missing
	MaxBytes     unit.Size
	MinFree      unit.Size // of the file system, left free
	SegmentBytes unit.Size // of one file; 0: 32MiB, or a quarter of MaxBytes where that is less. A single append may exceed it
	Start        inputs.Start
	Fed          bool // what comes in has an end, which Log.Fed tells: with inputs.Options.Once readers end there, and not before
	Ends         bool // readers end there also without Once
}

const defaultSegment = 32 << 20

// id is a record's SHA-256, of which half is enough: 2^64 records make two of them alike.
type id [16]byte

func idOf(record []byte) (i id) {
	sum := sha256.Sum256(record)
	copy(i[:], sum[:])
	return i
}

// Log is the spool of one input. Append may be called from many goroutines.
type Log struct {
	*file.Input
	cfg Config
	fs  disk.FS
	log *slog.Logger
	now func() time.Time

	feeding context.Context // until fed is called
	fed     context.CancelFunc

	turn sync.Mutex // of whoever writes
	mu   sync.Mutex // next
	next *batch     // what waits to be written

	// What follows belongs to whoever has the turn.
	used     int64 // bytes of all files
	reserved int64 // bytes that are on their way
	open     disk.File
	out      *bufio.Writer
	size     int64 // of the open file
	synced   int64 // what of it is durable
	torn     bool  // its last line is half a line
	known    ids
	segment  segments
}

// New returns the log in a directory. count is called for each anomaly, as that of [file.New].
func New(cfg Config, fs disk.FS, log *slog.Logger, count func(anomaly string)) *Log {
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = min(defaultSegment, max(cfg.MaxBytes/4, 1))
	}
	path := filepath.Join(cfg.Dir, base)
	feeding, fed := context.WithCancel(context.Background())
	return &Log{
		feeding: feeding, fed: fed,
		Input: file.New(file.Config{Path: path, Start: cfg.Start, GuardBytes: cfg.MaxBytes, MinFree: cfg.MinFree}, log, count),
		cfg:   cfg, fs: fs, log: log, now: time.Now, next: newBatch(), segment: segments{fs: fs, dir: cfg.Dir},
	}
}

// Open returns a reader. The first call repairs what a crash left, before anybody reads it.
func (l *Log) Open(o inputs.Options) (inputs.Reader, error) {
	l.turn.Lock()
	err := l.prepare()
	l.turn.Unlock()
	if err != nil {
		return nil, err
	}
	ends := l.cfg.Ends || l.cfg.Fed && o.Once
	o.Once = o.Once && !ends
	r, err := l.Input.Open(o)
	if err != nil {
		return nil, err
	}
	return &reader{Reader: r, fed: l.feeding, ends: ends}, nil
}

// releaseEvery is how often it is looked what all pipelines have read.
const releaseEvery = time.Second

// Run wakes the readers, and deletes what all of them are past.
func (l *Log) Run(ctx context.Context) error {
	var releasing sync.WaitGroup
	releasing.Go(func() {
		tick := time.NewTicker(releaseEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				l.release()
			}
		}
	})
	err := l.Input.Run(ctx)
	releasing.Wait()
	return errors.Join(err, l.close())
}

// close lets go of the file; the next Append opens it again.
func (l *Log) close() error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.open == nil {
		return nil
	}
	err := l.open.Close()
	l.open = nil
	return err
}
