// Package corpus writes audit logs of any size for measurements: lines like those of a real cluster, a third of them real
// ones, the same for the same seed.
package corpus

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
)

// Spec is what a log is made from. Equal specs make equal logs.
type Spec struct {
	Seed     uint64
	Bytes    int64  // at least so many, and at most one line more
	Real     string // directory of a recorded log, see auditlog.NewGenerator
	LineSize int    // 0: as in real logs, and a third of the lines real; else generated lines of about this size
}

// Facts tell what was written.
type Facts struct {
	Bytes, KeptBytes  int64
	Lines, Kept, Real int
}

const (
	keptShare  = 0.53     // of the lines, by Noise
	realLimit  = 96 << 20 // of a recording that is held in memory
	writeBlock = 1 << 20
)

// Maker makes one line after the other.
type Maker struct {
	Facts    Facts
	random   *rand.Rand
	real     *auditlog.Generator
	lineSize int
	now      time.Time
	bodies   bodies
}

// NewMaker reads the recording, if it is to be mixed in.
func NewMaker(spec Spec) (m *Maker, err error) {
	m = &Maker{
		random: rand.New(rand.NewPCG(spec.Seed, 1)), lineSize: spec.LineSize,
		now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC),
	}
	m.bodies = newBodies(m.random)
	if m.lineSize == 0 {
		m.real, err = auditlog.NewGenerator(spec.Real, spec.Seed, realLimit)
	}
	return m, err
}

// Append appends the next line, written a moment later than the one before, and its newline.
func (m *Maker) Append(dst []byte) []byte {
	m.now = m.now.Add(time.Duration(m.random.IntN(2000)) * time.Microsecond)
	return m.AppendAt(dst, m.now)
}

// AppendAt appends the next line with a given stageTimestamp.
func (m *Maker) AppendAt(dst []byte, now time.Time) []byte {
	start := len(dst)
	if m.real != nil && m.Facts.Lines%3 == 2 {
		m.Facts.Real++
		dst = m.real.Append(dst, now)
	} else {
		dst = m.appendMade(dst, now)
	}
	m.count(dst[start:])
	return dst
}

func (m *Maker) count(line []byte) {
	m.Facts.Lines++
	m.Facts.Bytes += int64(len(line))
	if !Noise.Drops(line) {
		m.Facts.Kept++
		m.Facts.KeptBytes += int64(len(line))
	}
}

// wanted tells whether the next made line should be one that Noise keeps: the real lines have a share of their own, which
// the made ones balance.
func (m *Maker) wanted() bool {
	surplus := float64(m.Facts.Kept) - keptShare*float64(m.Facts.Lines)
	return m.random.Float64() > 0.5+surplus/100
}

// Write writes a log to a new file.
func Write(path string, spec Spec) (facts Facts, err error) {
	m, err := NewMaker(spec)
	if err != nil {
		return facts, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	to := bufio.NewWriterSize(file, writeBlock)
	var line []byte
	for m.Facts.Bytes < spec.Bytes {
		line = m.Append(line[:0])
		if _, err := to.Write(line); err != nil {
			return facts, fmt.Errorf("write corpus: %w", err)
		}
	}
	return m.Facts, to.Flush()
}
