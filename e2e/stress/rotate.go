package stress

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// rotation is a way to rotate a log, called between two lines.
type rotation func(*log) error

// rename is what kube-apiserver does: the file is closed and renamed. All backups are kept.
func rename(l *log) error {
	return errors.Join(l.file.Close(), os.Rename(l.path, l.backup()), l.open())
}

// backup is a new name as lumberjack makes them; the times are not true, so that no two are the same.
func (l *log) backup() string {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(l.files) * time.Millisecond)
	return filepath.Join(filepath.Dir(l.path), "audit-"+at.Format("2006-01-02T15-04-05.000")+".log")
}

// renameKeeping removes the oldest backups beyond a number, too.
func renameKeeping(backups int) rotation {
	return func(l *log) error {
		err := rename(l)
		if names, _ := filepath.Glob(filepath.Join(filepath.Dir(l.path), "audit-*.log")); len(names) > backups {
			err = errors.Join(err, os.Remove(names[0]))
		}
		return err
	}
}

// remove deletes the log without any backup; 5 to 50 ms later there is a new one.
func remove(l *log) error {
	err := errors.Join(l.file.Close(), os.Remove(l.path))
	time.Sleep(time.Duration(5+rand.IntN(46)) * time.Millisecond)
	return errors.Join(err, l.open())
}

// copyTruncate copies the log and truncates it, while nothing is written.
func copyTruncate(l *log) error { return errors.Join(l.copy(), l.file.Truncate(0)) }

// copyWriteTruncate is what logrotate does to a writer that does not stop: what is written between copy and truncation is
// destroyed.
func copyWriteTruncate(l *log) error {
	err := l.copy()
	for range 1 + rand.IntN(3) {
		err = errors.Join(err, l.line(time.Now()))
	}
	return errors.Join(err, l.file.Truncate(0))
}

// copy makes audit.log.1 of the log, and higher numbers of the copies before, of which five are kept.
func (l *log) copy() error {
	for n := 5; n > 0; n-- {
		if err := os.Rename(l.copied(n), l.copied(n+1)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(l.copied(6)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	from, err := os.Open(l.path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(l.copied(1), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	l.files++
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

func (l *log) copied(n int) string { return fmt.Sprintf("%s.%d", l.path, n) }
