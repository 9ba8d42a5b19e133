package credentials

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// files are up to three paths; empty ones count for nothing.
type files [3]string

// stamp is what tells one state of the files from another. It compares with ==.
type stamp [3]struct {
	inode, changed, size int64
	missing              bool
}

func (f files) stamp() stamp {
	var s stamp
	for i, path := range f {
		if path == "" {
			continue
		}
		info, err := os.Stat(path) // follows the symlinks by which mounted secrets are swapped
		if err != nil {
			s[i].missing = true
			continue
		}
		s[i].changed, s[i].size = info.ModTime().UnixNano(), info.Size()
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			s[i].inode = int64(stat.Ino)
		}
	}
	return s
}

// Secret is a value from the configuration or from a file. It belongs to one goroutine.
type Secret struct {
	file  string
	value string
	read  bool
	seen  stamp
}

// NewSecret makes a Secret of a value, or of a file if the value is empty. Nothing is read before Value.
func NewSecret(value, file string) *Secret { return &Secret{value: value, file: file} }

// Value is the present value, without white space around it; empty where nothing is configured. A changed file is read
// again; where that fails, the value before stays in use, if there is one.
func (s *Secret) Value() (string, error) {
	if s.file == "" {
		return s.value, nil
	}
	now := files{s.file}.stamp()
	if s.read && now == s.seen {
		return s.value, nil
	}
	content, err := readFile(s.file)
	if err != nil {
		if s.read {
			return s.value, nil
		}
		return "", err
	}
	s.value, s.read, s.seen = strings.TrimSpace(string(content)), true, now
	return s.value, nil
}

// maxFile bounds what is read of a file: no secret or bundle of certificates is longer, but a wrong path may be.
const maxFile = 4 << 20

// readFile never waits, whatever is there: O_NONBLOCK counts for FIFOs, and regular files do not care.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("read %s: it is no regular file", path))
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("read %s: longer than %d bytes", path, maxFile)
	}
	return content, err
}
