package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// identity is the SHA-256 of a file's first line, without its newline and leading NULs and empty lines. Audit lines are
// unique, inode numbers and names are not: this alone tells which file is which, also after a rename, a copy or a gzip.
type identity [sha256.Size]byte

func (id identity) String() string { return hex.EncodeToString(id[:]) }

const (
	headLimit = 1 << 20 // of the first line, at most so much counts
	tailLimit = 4 << 10 // so much of the head's end is kept to see that the file is still the same
)

// head is the beginning of a file.
type head struct {
	id     identity
	start  int64  // where the first line begins: behind leading NULs
	length int64  // how many bytes were hashed; 0: there are none
	whole  bool   // the line is complete, or longer than headLimit; else id changes as it grows
	tail   []byte // the last of these bytes, and the newline: the end of an audit line holds its timestamps
	end    int64  // where they end
	first  time.Time
}

// readHead reads the beginning of a file, uncompressed.
func readHead(r io.Reader, scratch []byte) (head, error) {
	var h head
	sum := sha256.New()
	for {
		n, err := r.Read(scratch)
		h.eat(scratch[:n], sum)
		if h.whole || err == io.EOF {
			break
		}
		if err != nil {
			return head{}, err
		}
	}
	sum.Sum(h.id[:0])
	if h.length == 0 {
		h.id = identity{}
	}
	h.first = lineTime(h.tail)
	return h, nil
}

func (h *head) eat(p []byte, sum io.Writer) {
	if h.length == 0 {
		rest := bytes.TrimLeft(p, "\x00\n")
		h.start += int64(len(p) - len(rest))
		p = rest
	}
	kept := p
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		p, kept, h.whole = p[:i], p[:i+1], true
	}
	if room := headLimit - h.length; int64(len(p)) >= room {
		p, kept, h.whole = p[:room], p[:room], true
	}
	sum.Write(p)
	h.length += int64(len(p))
	h.tail = append(h.tail, kept...)
	h.end = h.start + h.length + int64(len(kept)-len(p))
	if extra := len(h.tail) - tailLimit; extra > 0 {
		h.tail = append(h.tail[:0], h.tail[extra:]...)
	}
}

// stands tells whether the file still has this head. It costs one small read: what is hashed once is not hashed again.
func (h *head) stands(f io.ReaderAt, scratch []byte) (bool, error) {
	if h.length == 0 {
		return true, nil
	}
	p := scratch[:len(h.tail)]
	n, err := f.ReadAt(p, h.end-int64(len(p)))
	if n < len(p) && err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.Equal(p[:n], h.tail), nil
}

// begins tells whether the first n bytes of the file's head hash to id: a line that was incomplete has grown.
func begins(r io.ReaderAt, start, n int64, id identity) bool {
	sum := sha256.New()
	if m, err := io.Copy(sum, io.NewSectionReader(r, start, n)); err != nil || m < n {
		return false
	}
	return identity(sum.Sum(nil)) == id
}

var stageTimestamp = []byte(`"stageTimestamp":"`)

// lineTime is the time of an audit line, to tell what time a gap is in. A client could fake it; nothing depends on it.
func lineTime(line []byte) time.Time {
	i := bytes.LastIndex(line, stageTimestamp)
	if i < 0 {
		return time.Time{}
	}
	stamp, _, _ := bytes.Cut(line[i+len(stageTimestamp):], []byte{'"'})
	t, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return time.Time{}
	}
	return t
}
