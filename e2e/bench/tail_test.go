package bench_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// tail counts how often a word stands in a growing file: once in each event.
type tail struct {
	path   string
	word   []byte
	file   *os.File
	buffer []byte
	kept   int // bytes at the start of buffer: the end of what was read before, shorter than word
	n      int
}

// count reads what is new.
func (f *tail) count() (n int, err error) {
	if f.file == nil {
		f.file, err = os.Open(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		f.buffer = make([]byte, 1<<20)
	}
	for {
		read, err := f.file.Read(f.buffer[f.kept:])
		if read > 0 {
			seen := f.buffer[:f.kept+read]
			f.n += bytes.Count(seen, f.word)
			f.kept = copy(f.buffer, seen[max(0, len(seen)-len(f.word)+1):])
		}
		if errors.Is(err, io.EOF) {
			return f.n, nil
		}
		if err != nil {
			return f.n, err
		}
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f := &tail{path: path, word: []byte("word")}
	content := ""
	for i, more := range []string{"", "a word wo", "r", "d and wor", "ds", "wordword"} {
		content += more
		must(t, os.WriteFile(path, []byte(content), 0o600))
		n, err := f.count()
		must(t, err)
		if want := bytes.Count([]byte(content), f.word); n != want {
			t.Errorf("step %d: %d, want %d", i, n, want)
		}
	}
}
