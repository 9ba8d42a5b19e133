package doctor

import (
	"bufio"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/trust"
)

// traffic is what the log has grown by, in bytes a second.
type traffic struct {
	average, busiest float64
	since            time.Time
}

// backup is a rotated file of the log.
type backup struct {
	path    string
	rotated time.Time // by its name
	bytes   int64     // before compression
}

// lumberjackTime is backupTimeFormat of gopkg.in/natefinch/lumberjack.v2, which kube-apiserver rotates with, in UTC.
const lumberjackTime = "2006-01-02T15-04-05.000"

// backups are those of kube-apiserver, the oldest first. A compressed one was as long as the flags say.
func (e *examination) backups(r rotation) (all []backup) {
	entries, err := os.ReadDir(e.at(path.Dir(e.log)))
	if err != nil {
		return nil // told by checkDirectory
	}
	ext := path.Ext(e.log)
	prefix := strings.TrimSuffix(path.Base(e.log), ext) + "-"
	for _, entry := range entries {
		plain, compressed := strings.CutSuffix(entry.Name(), ".gz")
		stamp, ours := strings.CutPrefix(plain, prefix)
		rotated, err := time.Parse(lumberjackTime, strings.TrimSuffix(stamp, ext))
		info, gone := entry.Info()
		if !ours || err != nil || gone != nil {
			continue
		}
		b := backup{filepath.Join(path.Dir(e.log), entry.Name()), rotated, info.Size()}
		if compressed {
			b.bytes = r.size
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b backup) int { return a.rotated.Compare(b.rotated) })
	return all
}

// measure tells how fast the log has grown. What is said of the oldest plain file begins with its first event.
func (e *examination) measure(r rotation) (t traffic, known bool) {
	all := e.backups(r)
	live, err := os.Stat(e.at(e.log))
	if err == nil {
		all = append(all, backup{e.log, e.Now(), live.Size()})
	}
	if len(all) == 0 {
		return t, false
	}
	last, total := all[0].rotated, int64(0)
	if began := firstEvent(e.at(all[0].path)); !began.IsZero() {
		last, total = began, all[0].bytes
	}
	t.since = last
	for _, b := range all[1:] {
		total += b.bytes
	}
	for _, b := range all {
		if took := b.rotated.Sub(last); took >= time.Second {
			t.busiest = max(t.busiest, float64(b.bytes)/took.Seconds())
		}
		if b.rotated.After(last) {
			last = b.rotated
		}
	}
	took := last.Sub(t.since)
	t.average = float64(total) / took.Seconds()
	return t, took >= time.Minute
}

// head and tail are how much of a file is looked at.
const (
	head = 1 << 20
	tail = 4 << 20
)

// firstEvent is when the first event of a plain file happened; zero: that can't be told.
func firstEvent(name string) time.Time {
	f, err := trust.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return time.Time{}
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(io.LimitReader(f, head), head).ReadSlice('\n')
	if err != nil {
		return time.Time{}
	}
	return timeOf(line)
}

// lastEvent is when the last whole event of a plain file happened; zero: there is none.
func lastEvent(name string) (time.Time, error) {
	f, err := trust.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	text := make([]byte, min(tail, info.Size()))
	n, err := f.ReadAt(text, info.Size()-int64(len(text)))
	if err != nil && err != io.EOF {
		return time.Time{}, err
	}
	lines := strings.Split(string(text[:n]), "\n")
	for i := len(lines) - 2; i >= 0; i-- { // what is behind the last newline is not whole
		if at := timeOf([]byte(lines[i])); !at.IsZero() {
			return at, nil
		}
	}
	return time.Time{}, nil
}

func timeOf(record []byte) (t time.Time) {
	var found event.Event
	if new(event.Decoder).Decode(record, &found) == nil {
		t, _ = found.Time(event.StageTimestamp)
	}
	return t
}
