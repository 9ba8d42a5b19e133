package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/segmentio/kafka-go/protocol"
)

// maxFrame is the longest answer that is believed: metadata of a topic with 100,000 partitions has some MB. What any other
// protocol begins with is larger when it is read as a size: "HTTP" is 1.2 GB, a TLS alert 352 MB.
const maxFrame = 16 << 20

var errNoBroker = errors.New("what answers there is no Kafka broker, or one that expects TLS; check the address and the tls block")

// framed is a connection whose answers are looked at as a whole before kafka-go decodes them
// (https://kafka.apache.org/protocol#protocol_common). It believes every number of elements that an answer announces, and
// makes room for them: a web server at the broker's address made it take gigabytes, and a broker could end the agent.
//
// A connection has one request under way, so the last one says what the answer has to be.
type framed struct {
	net.Conn
	key     protocol.ApiKey // of the request under way
	version int16
	asked   bool // its beginning was written
	answer  bytes.Buffer
}

// Framed is a connection to a broker whose answers are looked at before kafka-go's Client decodes them.
func Framed(c net.Conn) net.Conn { return newFramed(c) }

func newFramed(c net.Conn) net.Conn {
	if c == nil {
		return nil
	}
	return &framed{Conn: c}
}

// Write notes what is asked for. kafka-go writes the header of a request in one call.
func (f *framed) Write(p []byte) (int, error) {
	if !f.asked && len(p) >= 8 {
		f.key, f.version, f.asked = protocol.ApiKey(binary.BigEndian.Uint16(p[4:])), int16(binary.BigEndian.Uint16(p[6:])), true
	}
	return f.Conn.Write(p)
}

func (f *framed) Read(p []byte) (int, error) {
	if f.answer.Len() == 0 {
		if err := f.fetch(); err != nil {
			return 0, err
		}
	}
	n, err := f.answer.Read(p)
	if f.answer.Len() == 0 && f.answer.Cap() > 1<<16 {
		f.answer = bytes.Buffer{}
	}
	return n, err
}

// fetch reads the next answer. It takes memory as the answer comes, not as it is announced.
func (f *framed) fetch() error {
	var size [4]byte
	if _, err := io.ReadFull(f.Conn, size[:]); err != nil {
		return err
	}
	n := int(int32(binary.BigEndian.Uint32(size[:])))
	if n < 0 || n > maxFrame {
		f.Conn.Close()
		return errNoBroker
	}
	f.answer.Write(size[:])
	if _, err := io.CopyN(&f.answer, f.Conn, int64(n)); err != nil {
		f.answer.Reset()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	f.asked = false
	if err := checkAnswer(f.key, f.version, f.answer.Bytes()[len(size):]); err != nil {
		f.answer.Reset()
		f.Conn.Close()
		return fmt.Errorf("%w (%v)", errNoBroker, err)
	}
	return nil
}
