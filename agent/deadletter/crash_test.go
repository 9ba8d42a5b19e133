package deadletter

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk/disktest"
)

const crashPath = "/var/state/pipelines/a/dead-letters.jsonl"

// Whatever is stopped, torn, forgotten or refused: each letter that was acknowledged is there exactly once, and those that
// come again after a crash are not stored twice.
func TestCrashAnywhere(t *testing.T) {
	disktest.Each(t, 6, func(t *disktest.Trial) {
		done := 0 // letters below are acknowledged, and committed or not
		for last := false; !last; {
			last = t.Begin()
			f := NewFile(t.Mount(), crashPath, plenty)
			done = lifeOf(t, f, done, last)
			f.Close()
			t.End()
			judge(t, done)
		}
	})
}

// lifeOf sets letters aside, from some that are there already on, as after a lost commit. It returns how many are done.
func lifeOf(t *disktest.Trial, f *File, done int, last bool) int {
	next := max(0, done-t.Rand.IntN(6))
	for range 6 {
		n := 1 + t.Rand.IntN(4)
		batch := numbered(next, n)
		for range 3 {
			if err := f.Append(batch); err == nil {
				next += n
				done = max(done, next)
				break
			} else if last {
				t.Damaged("append: %v", err)
			}
		}
	}
	return max(done, next)
}

func numbered(from, n int) (batch []Letter) {
	for i := from; i < from+n; i++ {
		record := fmt.Sprintf("%d %s", i, strings.Repeat("x", 150*(i%7)))
		batch = append(batch, Letter{Time: time.Unix(1, 0).UTC(), Reason: "invalid_json", Record: []byte(record)})
	}
	return batch
}

func judge(t *disktest.Trial, done int) {
	t.Helper()
	seen := map[string]int{}
	if err := Read(t.Admin(), crashPath, func(l Letter) bool { seen[string(l.Record)]++; return true }); err != nil {
		t.Damaged("read: %v", err)
	}
	for i, l := range numbered(0, done) {
		if got := seen[string(l.Record)]; got != 1 {
			t.Damaged("letter %d of %d is there %d times", i, done, got)
		}
	}
	for record, times := range seen {
		if times > 1 {
			t.Damaged("letter %.5s is there %d times", record, times)
		}
	}
}

// Somebody removes or empties the file under the running agent: what comes then is kept.
func TestRemovedWhileRunning(t *testing.T) {
	for name, act := range map[string]func(d *disktest.Disk) error{
		"removed": func(d *disktest.Disk) error { return d.Admin().Remove(crashPath) },
		"renamed": func(d *disktest.Disk) error { return d.Admin().Rename(crashPath, crashPath+".1") },
		"emptied": func(d *disktest.Disk) error { return disktest.Write(d.Admin(), crashPath, nil) },
	} {
		d := disktest.New(1)
		f := NewFile(d.Mount(), crashPath, plenty)
		err := f.Append(letters("a", "b"))
		err = errors.Join(err, act(d), f.Append(letters("c")))
		d.Restart(disktest.PowerLoss)
		content, readErr := disktest.Read(d.Mount(), crashPath)
		if err = errors.Join(err, readErr); err != nil || bytes.Count(content, []byte("\n")) != 1 || bytes.IndexByte(content, 0) >= 0 {
			t.Errorf("%s: %v\n%q", name, err, content)
		}
	}
}
