// Package logs reads recorded audit logs as they lie about: files, plain or compressed, directories of a log and its backups,
// standard input. Nothing is watched and nothing remembered; to follow a log that is being written is for inputs/file.
package logs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	maxLine = 64 << 20 // bytes of a line that is read; kube-apiserver writes none that is longer than its --audit-log-maxsize
	block   = 1 << 20
	maxZstd = 128 << 20 // window of zstd, which a file may ask for: that of zstd --ultra -22
)

// LineError tells that a line can't be had whole. The next call goes on behind it.
type LineError struct{ Reason string }

func (e *LineError) Error() string { return e.Reason }

// FileError tells that a file, or the rest of one, can't be had: it is damaged, or gone. The next call goes on with the next file.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("read %s: %v", e.Path, e.Err) }
func (e *FileError) Unwrap() error { return e.Err }

var errUnknown = errors.New("it is compressed by xz or bzip2: decompress it first")

// Reader reads the lines of many files, one after the other. It belongs to one goroutine.
type Reader struct {
	names   []string // that are still to be opened
	stdin   io.Reader
	name    string // of the open file
	file    io.Closer
	buffer  *bufio.Reader
	long    []byte // a line that is longer than the buffer
	unended LineError
}

// Open returns a Reader of the logs at the paths in their order: files, directories (see [Files]), "-" for stdin. A file is
// opened when its turn comes.
func Open(paths []string, stdin io.Reader) (*Reader, error) {
	r := &Reader{stdin: stdin, buffer: bufio.NewReaderSize(nil, block)}
	for _, path := range paths {
		names, err := Files(path)
		if err != nil {
			return nil, err
		}
		r.names = append(r.names, names...)
	}
	return r, nil
}

// Next returns the next line without its newline, valid until the next call, and io.EOF behind the last one. A *LineError tells
// of a line that is passed over, a *FileError of all that is left of a file. There are no other errors.
//
// A line without a newline, which only the end of a file has, counts as one: nothing will ever be added to a recorded log.
func (r *Reader) Next() ([]byte, error) {
	for {
		if r.file == nil {
			if err := r.open(); err != nil {
				return nil, err
			}
		}
		line, err := r.line()
		var passed *LineError
		switch {
		case err == io.EOF && len(line) == 0:
			r.Close()
		case err == nil || err == io.EOF:
			return line, nil
		case errors.As(err, &passed):
			return nil, err
		default:
			r.Close()
			return nil, &FileError{r.name, err}
		}
	}
}

// Each gives every line to a function, up to the first error of it. What can't be had is told to missed: a line, or the rest of a file.
func (r *Reader) Each(line func([]byte) error, missed func(error)) error {
	for {
		text, err := r.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			missed(err)
		default:
			if err := line(text); err != nil {
				return err
			}
		}
	}
}

// Close closes what is open.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

func (r *Reader) open() error {
	if len(r.names) == 0 {
		return io.EOF
	}
	r.name, r.names = r.names[0], r.names[1:]
	raw := io.NopCloser(r.stdin)
	if r.name != Stdin {
		f, err := os.Open(r.name)
		if err != nil {
			return &FileError{r.name, errors.Unwrap(err)} // which names no path again
		}
		raw = f
	}
	plain, err := decompress(raw)
	if err != nil {
		raw.Close()
		return &FileError{r.name, err}
	}
	r.file = raw
	r.buffer.Reset(plain)
	return nil
}

// decompress looks at how a file begins, and not at its name.
func decompress(raw io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(raw, 1<<16)
	switch magic, _ := head.Peek(6); {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(head)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(head, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstd)) // one that decodes by itself needs no Close
	case bytes.Equal(magic, []byte("\xfd7zXZ\x00")), bytes.HasPrefix(magic, []byte("BZh")):
		return nil, errUnknown
	}
	return head, nil
}

// line reads a line. With io.EOF it is what is behind the last newline.
func (r *Reader) line() ([]byte, error) {
	line, err := r.buffer.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if err != bufio.ErrBufferFull {
		return line, err
	}
	r.long = append(r.long[:0], line...)
	for err == bufio.ErrBufferFull {
		line, err = r.buffer.ReadSlice('\n')
		if len(r.long) <= maxLine {
			r.long = append(r.long, line...)
		}
	}
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case len(r.long) > maxLine:
		r.long, r.unended.Reason = nil, "longer than 64 MiB"
		return nil, &r.unended
	}
	return bytes.TrimSuffix(r.long, []byte("\n")), nil
}
