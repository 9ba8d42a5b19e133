package deadletter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/auditship/auditship/agent/disk"
)

// errEnough ends a walk.
var errEnough = errors.New("enough")

// Read walks over the letters of a file, oldest first, until yield returns false. A file that does not exist has none.
func Read(from disk.FS, path string, yield func(Letter) bool) error {
	err := walk(from, path, func(_ []byte, l *Letter) error {
		if l == nil || yield(*l) {
			return nil
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// walk walks over the lines of a file. A file that does not exist has none.
func walk(from disk.FS, path string, see func(text []byte, l *Letter) error) error {
	file, err := from.OpenFile(path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open dead letters: %w", err)
	}
	defer file.Close()
	_, err = scan(file, see)
	return err
}

// scan shows lines, newline included, and the letters in them, and returns the size of those that see took. What follows
// the last newline is not read. A line that is no letter is shown with nil: a damaged one must not hide those behind it.
func scan(from io.Reader, see func(text []byte, l *Letter) error) (size int64, err error) {
	lines := bufio.NewReaderSize(from, 1<<16)
	for {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, fmt.Errorf("read dead letters: %w", err)
		}
		var there *Letter
		if letter, err := Parse(text); err == nil {
			there = &letter
		}
		if err := see(text, there); err != nil {
			return size, err
		}
		size += int64(len(text))
	}
}

// Size is what a file of dead letters holds.
type Size struct {
	Letters int   `json:"letters"` // lines, in fact: damaged ones are kept, too
	Bytes   int64 `json:"bytes"`
}

// Measure counts the letters of a file without reading what they say. A file that does not exist has none.
func Measure(from disk.FS, path string) (s Size, err error) {
	file, err := from.OpenFile(path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("open dead letters: %w", err)
	}
	defer file.Close()
	block := make([]byte, 1<<16)
	for {
		n, err := file.Read(block)
		s.Letters += bytes.Count(block[:n], []byte("\n"))
		s.Bytes += int64(n)
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, fmt.Errorf("read dead letters: %w", err)
		}
	}
}
