package elasticsearch

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/auditship/auditship/agent/buffers"
)

// body is the body of one request, compressed while it grows: the plain text never stands in memory as a whole.
type body struct {
	content bytes.Buffer
	gzip    *gzip.Writer // nil: no compression
	line    []byte       // what is compressed next, between begin and end
	readers atomic.Int32 // payloads of it that are not closed yet
}

func newBody(compressed bool) *body {
	b := &body{}
	if compressed {
		b.gzip, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for unknown levels only
	}
	return b
}

func (b *body) begin() {
	b.content.Reset()
	if b.gzip != nil {
		b.gzip.Reset(&b.content)
	}
}

// room is an empty slice for so many bytes, to be appended to and given to add: what is not compressed is written where it
// stays.
func (b *body) room(size int) []byte {
	if b.gzip == nil {
		b.content.Grow(size)
		return b.content.AvailableBuffer()
	}
	b.line = buffers.Grow(b.line[:0], size)
	return b.line
}

// add can't fail: it writes to memory.
func (b *body) add(lines []byte) {
	if b.gzip == nil {
		b.content.Write(lines)
		return
	}
	b.line = lines
	b.gzip.Write(lines)
}

func (b *body) end() io.ReadCloser {
	if b.gzip != nil {
		b.gzip.Close()
		buffers.Put(b.line)
		b.line = nil
	}
	return b.reader()
}

func (b *body) reader() *payload {
	b.readers.Add(1)
	return &payload{Reader: *bytes.NewReader(b.content.Bytes()), of: b, made: time.Now()}
}

// free tells that nobody reads the body any more. The transport may do so behind the answer: where a server refuses a
// body before it has read it, for one (see http.RoundTripper).
func (b *body) free() bool { return b.readers.Load() == 0 }

// payload is one reading of a body.
type payload struct {
	bytes.Reader
	of     *body
	made   time.Time
	closed atomic.Bool
}

// repeatWithin is how long after its beginning net/http may send a request again by itself: a connection that was closed while idle
// shows at once. Later the server may have been at work, and the data stream been rolled over since.
const repeatWithin = 100 * time.Millisecond

// again is the body from its start.
func (p *payload) again() (io.ReadCloser, error) {
	if time.Since(p.made) > repeatWithin {
		return nil, errors.New("the connection broke while the server was at work")
	}
	return p.of.reader(), nil
}

// Close may come more than once, from any goroutine.
func (p *payload) Close() error {
	if !p.closed.Swap(true) {
		p.of.readers.Add(-1)
	}
	return nil
}
