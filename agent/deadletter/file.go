package deadletter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/event"
)

// ErrFull says that the dead letters have used up their budget, or the disk its last free space. What needs a dead
// letter then waits.
var ErrFull = errors.New("no room for dead letters")

// Limits bound what dead letters may take of the disk.
type Limits struct {
	MaxBytes int64 // of one file
	MinFree  int64 // that must stay free on the disk
}

// File is the dead letters of one pipeline. It is safe for concurrent use.
type File struct {
	fs     disk.FS
	path   string
	limits Limits

	lookBack int64 // how much of the end of the file is read when it is opened, so that a large one costs no more

	mu   sync.Mutex
	file disk.File // nil until the first Append, and after an error
	size int64     // of whole lines
	ids  recent
}

// NewFile makes a File; nothing is read or written before the first Append.
func NewFile(f disk.FS, path string, limits Limits) *File {
	return &File{fs: f, path: path, limits: limits, lookBack: 64 << 20}
}

// Limit bounds from now on what the letters take.
func (f *File) Limit(limits Limits) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limits = limits
}

// Append sets letters aside and returns when they are durable. A record that is there already is not stored again: it came
// back after a crash. ErrFull, or any other error: call again with the same letters.
func (f *File) Append(letters []Letter) error {
	if len(letters) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return err
	}
	var text []byte
	var added []event.ID
	for i := range letters {
		id := letters[i].ID()
		if f.ids.has(id) {
			continue
		}
		f.ids.add(id)
		added = append(added, id)
		var err error
		if text, err = letters[i].appendLine(text); err != nil {
			f.ids.forget(added)
			return err
		}
	}
	if err := f.write(text); err != nil {
		f.ids.forget(added)
		return err
	}
	return nil
}

func (f *File) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if f.size+int64(len(text)) > f.limits.MaxBytes {
		return fmt.Errorf("%w: %s holds %d bytes of at most %d", ErrFull, f.path, f.size, f.limits.MaxBytes)
	}
	free, err := f.fs.Free(filepath.Dir(f.path))
	if err != nil {
		return fmt.Errorf("append dead letters: %w", err)
	}
	if free-int64(len(text)) < f.limits.MinFree {
		return fmt.Errorf("%w: %d bytes free on the disk of %s, at least %d must stay", ErrFull, free, f.path, f.limits.MinFree)
	}
	_, err = f.file.WriteAt(text, f.size)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		f.close()
		return fmt.Errorf("append dead letters: %w", err)
	}
	f.size += int64(len(text))
	return nil
}

// open makes the file ready, if it is not: the first time, after an error, and when somebody has removed it or cut it.
func (f *File) open() error {
	if f.file != nil {
		intact, err := f.intact()
		if intact || err != nil {
			return err
		}
		f.close()
	}
	if err := disk.MakeDir(f.fs, filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("open dead letters: %w", err)
	}
	file, err := f.fs.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open dead letters: %w", err)
	}
	f.file, f.ids = file, newRecent()
	if err := errors.Join(f.recover(), f.fs.SyncDir(filepath.Dir(f.path))); err != nil {
		f.close()
		return fmt.Errorf("open dead letters: %w", err)
	}
	return nil
}

// intact tells whether the open file is still the one at the path, and as long as it was made.
func (f *File) intact() (bool, error) {
	held, err := disk.Holds(f.fs, f.path, f.file)
	if !held || err != nil {
		return false, err
	}
	info, err := f.file.Stat()
	return err == nil && info.Size() == f.size, err
}

// recover reads which records are there, cuts off what a crash left of a last line, and makes the rest durable.
func (f *File) recover() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	start, err := f.lineBehind(info.Size() - f.lookBack)
	if err != nil {
		return err
	}
	whole, err := scan(io.NewSectionReader(f.file, start, info.Size()-start), func(_ []byte, l *Letter) error {
		if l != nil {
			f.ids.add(l.ID())
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.size = start + whole
	if f.size < info.Size() {
		if err := f.file.Truncate(f.size); err != nil {
			return err
		}
	}
	return disk.Rewrite(f.file, start, f.size)
}

// lineBehind is where the first line behind an offset begins; 0 if there is none.
func (f *File) lineBehind(offset int64) (int64, error) {
	if offset <= 0 {
		return 0, nil
	}
	part, err := bufio.NewReader(io.NewSectionReader(f.file, offset, f.lookBack)).ReadBytes('\n')
	if err == io.EOF {
		return 0, nil
	}
	return offset + int64(len(part)), err
}

func (f *File) close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file, f.ids = nil, recent{}
	return err
}

// Close closes the file. A later Append opens it again.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.close()
}
