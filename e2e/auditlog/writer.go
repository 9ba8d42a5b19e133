package auditlog

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// Writer writes a log through lumberjack, as kube-apiserver does, and beside it a journal of all lines.
type Writer struct {
	Path    string // of the live log
	Journal string // of the journal
	Bytes   int64  // written so far
	Lines   int    // written so far
	log     io.WriteCloser
	journal *os.File
	beside  *bufio.Writer
	line    []byte
}

// NewWriter writes dir/audit.log, rotating at megabytes MiB and keeping some backups.
func NewWriter(dir, journal string, megabytes, backups int) (*Writer, error) {
	file, err := os.Create(journal)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "audit.log")
	return &Writer{
		Path: path, Journal: journal, journal: file, beside: bufio.NewWriterSize(file, 1<<20),
		log: &lumberjack.Logger{Filename: path, MaxSize: megabytes, MaxBackups: backups},
	}, nil
}

// Write writes one line, which ends in a newline, in one call as kube-apiserver does.
func (w *Writer) Write(line []byte) error {
	w.Bytes += int64(len(line))
	w.Lines++
	if _, err := w.beside.Write(line); err != nil {
		return err
	}
	_, err := w.log.Write(line)
	return err
}

// Generate writes generated lines until ctx ends, which is no error, or until total bytes are written; at most perSecond
// bytes in a second, without limit if that is 0.
func (w *Writer) Generate(ctx context.Context, g *Generator, perSecond int, total int64) error {
	start, from := time.Now(), w.Bytes
	for w.Bytes-from < total && ctx.Err() == nil {
		now := time.Now()
		if perSecond > 0 && w.Bytes-from > int64(now.Sub(start).Seconds()*float64(perSecond)) {
			pause(ctx, 5*time.Millisecond)
			continue
		}
		w.line = g.Append(w.line[:0], now)
		if err := w.Write(w.line); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Flush makes the journal complete up to here.
func (w *Writer) Flush() error { return w.beside.Flush() }

// Close ends both files.
func (w *Writer) Close() error {
	return errors.Join(w.log.Close(), w.beside.Flush(), w.journal.Close())
}
