package agent_test

import (
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/pipeline/pipelinetest"
)

// growingLog is an audit log on a disk of its own, which nothing happens to but rotation.
type growingLog struct {
	t       *testing.T
	random  *rand.Rand
	path    string
	records []string
	written int
	backups int
}

func newGrowingLog(t *testing.T, random *rand.Rand, records int) *growingLog {
	return &growingLog{t: t, random: random, path: filepath.Join(t.TempDir(), "audit.log"), records: pipelinetest.Records(records)}
}

// grow writes for a while, or all that is left.
func (l *growingLog) grow(all bool) {
	for n := 1 + l.random.IntN(8); l.written < len(l.records) && (all || n > 0); n-- {
		if l.written > 0 && l.random.IntN(4) == 0 {
			l.rotate()
		}
		l.write(min(l.random.IntN(12), len(l.records)-l.written))
		time.Sleep(time.Duration(1 + l.random.Int64N(int64(700*time.Millisecond))))
	}
}

func (l *growingLog) write(n int) {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteString(strings.Join(l.records[l.written:l.written+n], "\n") + "\n")
	}
	l.written += n
	l.must(err)
	l.must(f.Close())
	l.stamp(l.path)
}

// rotate is what lumberjack does, compression included. It does so when the next record comes, so the new log is there, and
// not empty, at once.
func (l *growingLog) rotate() {
	l.backups++
	name := filepath.Join(filepath.Dir(l.path), fmt.Sprintf("audit-2026-01-01T00-00-%02d.000.log", l.backups))
	l.must(os.Rename(l.path, name))
	l.write(1)
	if l.random.IntN(3) > 0 {
		return
	}
	content, err := os.ReadFile(name)
	l.must(err)
	f, err := os.OpenFile(name+".gz", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	l.must(err)
	zip := gzip.NewWriter(f)
	_, err = zip.Write(content)
	l.must(err)
	l.must(zip.Close())
	l.must(f.Close())
	l.stamp(name + ".gz")
	l.must(os.Remove(name))
}

// stamp gives a file the bubble's time: the disk's own differs from run to run, and the reader goes by it.
func (l *growingLog) stamp(path string) { l.must(os.Chtimes(path, time.Time{}, time.Now())) }

func (l *growingLog) must(err error) {
	if err != nil {
		l.t.Helper()
		l.t.Fatal(err)
	}
}
