package spool

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/disk"
)

// prepare opens the log as another process may have left it.
func (l *Log) prepare() error {
	if l.open != nil {
		return nil
	}
	if err := disk.MakeDir(l.fs, l.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make spool: %w", err)
	}
	if err := l.survey(); err != nil {
		return err
	}
	return l.begin()
}

// begin opens the file to write to. Before that it makes the name of the last one durable: a new file must not outlive a
// rename that made room for it.
func (l *Log) begin() error {
	if err := l.fs.SyncDir(l.cfg.Dir); err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	f, err := l.fs.OpenFile(filepath.Join(l.cfg.Dir, base), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	if err := l.repair(f); err != nil {
		f.Close()
		return fmt.Errorf("repair spool: %w", err)
	}
	l.open = f
	return nil
}

// settle mends what a failed append left: half a line is ended, so that it becomes a dead letter and no part of the next one,
// and what could not be synced is written again, for the kernel may have dropped it.
func (l *Log) settle() error {
	if l.torn {
		if _, err := (tail{l}).Write([]byte{'\n'}); err != nil {
			return fmt.Errorf("append to spool: %w", err)
		}
	}
	if l.synced == l.size {
		return nil
	}
	if err := disk.Rewrite(l.open, l.synced, l.size); err != nil {
		return fmt.Errorf("sync spool: %w", err)
	}
	if _, _, err := l.known.scan(newSection(l.open, l.synced, l.size)); err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	l.synced = l.size
	return nil
}

// tail is the end of the open file, which it keeps account of.
type tail struct{ *Log }

func (t tail) Write(b []byte) (int, error) {
	n, err := t.open.Write(b)
	t.grow(int64(n))
	if n > 0 {
		t.torn = b[n-1] != '\n'
	}
	return n, err
}

func (l *Log) grow(n int64) {
	l.size += n
	l.used += n
}

// outBytes is how many bytes of short records are written at a time. A long one is written from where it is.
const outBytes = 64 << 10

// put writes records at the end of the file.
func (l *Log) put(records [][]byte) error {
	if l.out == nil {
		l.out = bufio.NewWriterSize(nil, outBytes)
	}
	l.out.Reset(tail{l})
	defer l.out.Reset(io.Discard) // else what it could not write would be written next
	for _, record := range records {
		if _, err := l.out.Write(record); err != nil {
			return err
		}
		if err := l.out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return l.out.Flush()
}
