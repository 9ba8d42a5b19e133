package stress

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
)

// pace is how fast a log is written and rotated.
type pace struct {
	between  time.Duration // lines; 0: none
	lines    int           // of a file
	interval time.Duration // between rotations at most
	duration time.Duration
}

// log is written by one goroutine, which also keeps a journal of all lines.
type log struct {
	path    string
	journal string
	rotate  rotation
	lines   int
	files   int

	file   *os.File
	beside *bufio.Writer
	source *auditlog.Generator
	text   []byte
}

func newLog(dir string, rotate rotation, source *auditlog.Generator) *log {
	return &log{path: filepath.Join(dir, "log", "audit.log"), journal: filepath.Join(dir, "journal"), rotate: rotate, source: source}
}

// write writes and rotates for as long as the pace says.
func (l *log) write(ctx context.Context, p pace) (err error) {
	journal, err := os.Create(l.journal)
	if err != nil {
		return err
	}
	l.beside = bufio.NewWriterSize(journal, 1<<20)
	err = errors.Join(l.open(), l.run(ctx, p), l.beside.Flush(), journal.Close())
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

func (l *log) open() (err error) {
	l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	l.files++
	return err
}

func (l *log) run(ctx context.Context, p pace) error {
	started, rotated, inFile := time.Now(), time.Now(), 0
	for now := started; now.Sub(started) < p.duration && ctx.Err() == nil; now = time.Now() {
		if inFile >= p.lines || now.Sub(rotated) >= p.interval {
			if err := l.rotate(l); err != nil {
				return err
			}
			rotated, inFile = now, 0
		}
		if err := l.line(now); err != nil {
			return err
		}
		inFile++
		time.Sleep(time.Until(now.Add(p.between)))
	}
	return ctx.Err()
}

// line writes one line in one call, as kube-apiserver does.
func (l *log) line(now time.Time) error {
	l.text = l.source.Append(l.text[:0], now)
	l.lines++
	if _, err := l.beside.Write(l.text); err != nil {
		return err
	}
	_, err := l.file.Write(l.text)
	return err
}
