package forward

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"io"
	"math"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/agent/event"
)

const (
	maxChunk = 4 << 20 // bytes of its entries, before compression
	maxKept  = 4 << 20 // a buffer that has grown beyond is let go

	bin32   = 0xc6 // first bytes of msgpack's types (https://github.com/msgpack/msgpack/blob/master/spec.md)
	fixExt8 = 0xd7
)

// chunk is a message of the mode PackedForward or CompressedPackedForward: [tag, entries, options].
type chunk struct {
	message []byte
	id      string
	entry   []byte // scratch: one [time, record]
	json    []byte // scratch: one event
	sum     hash.Hash
}

// Write appends to the message, so that a compressor can.
func (c *chunk) Write(b []byte) (int, error) {
	c.message = append(c.message, b...)
	return len(b), nil
}

// encode makes a chunk of the first n events: as many as it may hold, at least one.
func (o *Output) encode(events []event.Event) (n int, err error) {
	c := &o.chunk
	c.begin(o.cfg.Tag)
	body := len(c.message)
	var w io.Writer = c
	if o.zip != nil {
		o.zip.Reset(c)
		w = o.zip
	}
	for size := 0; n < len(events) && (o.most == 0 || n < o.most); n++ {
		c.encode(&events[n])
		if size += len(c.entry); size > maxChunk && n > 0 {
			break
		}
		if _, err := w.Write(c.entry); err != nil {
			return 0, err
		}
		c.count(&events[n])
	}
	if o.zip != nil {
		if err := o.zip.Close(); err != nil {
			return 0, err
		}
	}
	binary.BigEndian.PutUint32(c.message[body-4:], uint32(len(c.message)-body))
	c.end(n, o.zip != nil)
	return n, nil
}

// begin writes what stands before the entries. Their length is not known yet.
func (c *chunk) begin(tag string) {
	for _, buffer := range [...]*[]byte{&c.message, &c.entry, &c.json} {
		if cap(*buffer) > maxKept {
			*buffer = nil
		}
	}
	if c.sum == nil {
		c.sum = sha256.New()
	}
	c.sum.Reset()
	c.message = msgp.AppendString(msgp.AppendArrayHeader(c.message[:0], 3), tag)
	c.message = append(c.message, bin32, 0, 0, 0, 0)
}

// encode makes the entry of an event: [EventTime, record].
func (c *chunk) encode(e *event.Event) {
	c.json = e.AppendJSON(c.json[:0])
	c.entry = appendTime(msgp.AppendArrayHeader(c.entry[:0], 2), e)
	c.entry, _ = appendValue(c.entry, c.json, 0, 0)
}

// appendTime appends an EventTime: seconds and nanoseconds since 1970, each in 32 bits. A time beyond 2106 does not fit: such an
// event gets 1970, as one without a time does.
func appendTime(dst []byte, e *event.Event) []byte {
	at, _ := e.Stamp()
	if at.Unix() > math.MaxUint32 {
		at = event.Epoch
	}
	dst = append(dst, fixExt8, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(at.Unix()))
	return binary.BigEndian.AppendUint32(dst, uint32(at.Nanosecond()))
}

// count makes the event one of those that the chunk's ID names. Of an event that is trimmed, what is left is meant.
func (c *chunk) count(e *event.Event) {
	c.sum.Write(e.ID[:])
	c.sum.Write([]byte{byte(e.Trimmed), byte(e.Trimmed >> 8), byte(e.Trimmed >> 16)})
}

// end writes the options.
func (c *chunk) end(n int, compressed bool) {
	c.id = base64.StdEncoding.EncodeToString(c.sum.Sum(nil)[:16])
	members := uint32(2)
	if compressed {
		members++
	}
	m := msgp.AppendMapHeader(c.message, members)
	m = msgp.AppendInt(msgp.AppendString(m, "size"), n)
	m = msgp.AppendString(msgp.AppendString(m, "chunk"), c.id)
	if compressed {
		m = msgp.AppendString(msgp.AppendString(m, "compressed"), gzipped)
	}
	c.message = m
}
