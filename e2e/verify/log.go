// Package verify is the oracle of the end-to-end tests: it reads audit logs and what the outputs hold, by means of its
// own, and tells what is missing, doubled, extra or altered. It shares no code with the agent.
package verify

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// ID is the first half of the SHA-256 of an event's raw line.
type ID [16]byte

// Sum is the ID of a line, which has no newline at its end.
func Sum(line []byte) ID {
	sum := sha256.Sum256(line)
	return ID(sum[:16])
}

// ParseID reads 32 hexadecimal digits.
func ParseID(text string) (ID, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(ID{}) {
		return ID{}, fmt.Errorf("%q is no event ID", text)
	}
	return ID(raw), nil
}

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Log is the set of all lines that an API server wrote: what every output must hold.
type Log struct {
	Bytes   int64 // with the newlines
	Repeats int   // lines that were in it already: an audit log has none
	lines   map[ID][]byte
}

// Len is how many different lines there are.
func (l *Log) Len() int { return len(l.lines) }

// Lines walks over all lines, in any order.
func (l *Log) Lines() iter.Seq2[ID, []byte] { return maps.All(l.lines) }

// Line is the line with an ID; nil: there is none.
func (l *Log) Line(id ID) []byte { return l.lines[id] }

// Add puts a line in, without its newline; it belongs to the Log from then on.
func (l *Log) Add(line []byte) {
	if l.lines == nil {
		l.lines = map[ID][]byte{}
	}
	id := Sum(line)
	if _, there := l.lines[id]; there {
		l.Repeats++
	}
	l.lines[id] = line
	l.Bytes += int64(len(line)) + 1
}

// ReadLog reads the files of a directory that begin with "audit": the live log and its backups, plain and gzipped. Where
// a backup is there in both forms, the plain one counts: the other may be unfinished.
func ReadLog(dir string) (*Log, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "audit*.log*"))
	if err != nil || len(paths) == 0 {
		return nil, errors.Join(fmt.Errorf("read log: no audit*.log in %s", dir), err)
	}
	log := &Log{}
	for _, path := range paths {
		if plain, compressed := strings.CutSuffix(path, ".gz"); compressed && exists(plain) {
			continue
		}
		if err := log.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return log, nil
}

// ReadFile adds the lines of one file.
func (l *Log) ReadFile(path string) error {
	return eachLine(path, func(line []byte) error {
		l.Add(line)
		return nil
	})
}

// eachLine calls f with every line of a file, plain or compressed as its name says. Lines belong to f. An unfinished
// last line is an error.
func eachLine(path string, f func(line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := decompress(path, file)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer content.Close()
	reader := bufio.NewReaderSize(content, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: unfinished last line of %d bytes: %w", path, len(line), err)
		}
		if err := f(line[:len(line)-1]); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
}

func decompress(path string, file io.Reader) (io.ReadCloser, error) {
	switch filepath.Ext(path) {
	case ".gz":
		return gzip.NewReader(file)
	case ".zst":
		return zstdReader(file)
	}
	return io.NopCloser(file), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
