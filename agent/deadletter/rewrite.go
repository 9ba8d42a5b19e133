package deadletter

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/agent/disk"
)

// Remove removes letters from a file that no File has open, and returns how many it was. What is no letter stays. Either all
// of them are gone, for good, or there was an error and Remove may be called again. Of the disk at least minFree stays free
// (ErrFull), since what is left is written anew; to remove all of it needs no room.
func Remove(on disk.FS, path string, minFree int64, unwanted func(*Letter) bool) (removed int, err error) {
	count := func(_ []byte, l *Letter) error {
		if l != nil && unwanted(l) {
			removed++
		}
		return nil
	}
	if err := walk(on, path, count); err != nil {
		return 0, err
	}
	if removed == 0 { // perhaps since a process before this one did it, and died before it was durable
		return 0, on.SyncDir(filepath.Dir(path))
	}
	return removed, Copy(on, path, path, minFree, func(l *Letter) bool { return l == nil || !unwanted(l) })
}

// Copy writes to a file, in place of what it holds, what is wanted of another one; a line that is no letter is shown as nil.
// The file is the new one or as it was before, never something in between.
func Copy(on disk.FS, from, to string, minFree int64, wanted func(*Letter) bool) error {
	fresh := to + ".new"
	if err := write(on, from, fresh, minFree, wanted); err != nil {
		_ = on.Remove(fresh) // it takes room; the next Copy would write over it
		return err
	}
	if err := on.Rename(fresh, to); err != nil {
		return fmt.Errorf("write dead letters: %w", err)
	}
	if err := on.SyncDir(filepath.Dir(to)); err != nil {
		return fmt.Errorf("write dead letters: %w", err)
	}
	return nil
}

func write(on disk.FS, from, to string, minFree int64, wanted func(*Letter) bool) error {
	file, err := on.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write dead letters: %w", err)
	}
	lines := bufio.NewWriterSize(&frugal{on, file, to, minFree}, 1<<18)
	err = walk(on, from, func(text []byte, l *Letter) error {
		if !wanted(l) {
			return nil
		}
		_, err := lines.Write(text)
		return err
	})
	if err == nil {
		err = lines.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write dead letters: %w", err)
	}
	return nil
}

// frugal writes to a file as long as enough of its disk stays free.
type frugal struct {
	on      disk.FS
	file    disk.File
	path    string
	minFree int64
}

func (f *frugal) Write(text []byte) (int, error) {
	free, err := f.on.Free(filepath.Dir(f.path))
	if err != nil {
		return 0, err
	}
	if free-int64(len(text)) < f.minFree {
		return 0, fmt.Errorf("%w: %d bytes free on the disk of %s, at least %d must stay", ErrFull, free, f.path, f.minFree)
	}
	return f.file.Write(text)
}
