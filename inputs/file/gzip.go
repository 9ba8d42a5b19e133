package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// unzipper gives a gzip file's uncompressed bytes by their offset. It streams: going back means to start again.
type unzipper struct {
	file handle
	size int64 // compressed
	zip  *gzip.Reader
	pos  int64
}

// corruptError tells that the rest of a gzip file can't be had.
type corruptError struct{ err error }

func (e *corruptError) Error() string { return fmt.Sprintf("decompress: %v", e.err) }
func (e *corruptError) Unwrap() error { return e.err }

func newUnzipper(f handle) (*unzipper, error) {
	i, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &unzipper{file: f, size: i.size}, nil
}

func (u *unzipper) ReadAt(p []byte, off int64) (int, error) {
	if err := u.seek(off); err != nil {
		return 0, u.explain(err)
	}
	n, err := io.ReadFull(u.zip, p)
	u.pos += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) && u.ended() {
		err = io.EOF
	}
	return n, u.explain(err)
}

// ended tells a clean end, which ReadFull turned into ErrUnexpectedEOF, from a truncated file.
func (u *unzipper) ended() bool {
	_, err := u.zip.Read(make([]byte, 1))
	return err == io.EOF
}

func (u *unzipper) seek(off int64) error {
	if u.zip == nil || off < u.pos {
		if err := u.restart(); err != nil {
			return err
		}
	}
	n, err := io.CopyN(io.Discard, u.zip, off-u.pos)
	u.pos += n
	if err == io.EOF {
		err = errEndsEarly
	}
	return err
}

// errEndsEarly: what was read came from the log, and this is made of a copy that ended before.
var errEndsEarly = errors.New("file ends before what was read of it")

func (u *unzipper) restart() error {
	r := io.NewSectionReader(u.file, 0, u.size)
	u.pos = 0
	if u.zip != nil {
		return u.zip.Reset(r)
	}
	zip, err := gzip.NewReader(r)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // an empty file is no gzip file
	}
	u.zip = zip
	return err
}

func (u *unzipper) explain(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var path interface{ Timeout() bool } // an *fs.PathError: the disk's trouble, which may pass
	if errors.As(err, &path) {
		return err
	}
	return &corruptError{err}
}

// gzSize is what the trailer of a gzip file says about its uncompressed size: modulo 4 GiB, and of its last member (RFC
// 1952, ISIZE). lumberjack and gzip(1) write one member. at least is a lower bound that is known.
func gzSize(f io.ReaderAt, size, atLeast int64) (int64, error) {
	var trailer [4]byte
	if size < 18 {
		return atLeast, nil
	}
	if _, err := f.ReadAt(trailer[:], size-4); err != nil {
		return 0, err
	}
	n := int64(binary.LittleEndian.Uint32(trailer[:]))
	for n < atLeast {
		n += 1 << 32
	}
	return n, nil
}
