package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"github.com/auditship/auditship/outputs"
)

// source is a connection that says what a reader says.
type source struct {
	net.Conn
	io.Reader
	closed bool
}

func (s *source) Read(p []byte) (int, error)  { return s.Reader.Read(p) }
func (s *source) Write(p []byte) (int, error) { return len(p), nil }
func (s *source) Close() error                { s.closed = true; return nil }

func frame(text string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// FuzzFrames: whole answers pass as they are, however they are cut; behind one of an impossible size nothing does.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"", frame(""), frame("a") + frame("bc") + frame(strings.Repeat("x", 999)), "HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x03\x00\x02\x02\x46", frame("a")[:3], frame("a") + "\xff\xff\xff\xff" + frame("b"), "\x7f\xff\xff\xff", frame("abc")[:6]} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		passes, want := 0, io.EOF
		for passes < len(content) && want == io.EOF {
			rest := content[passes:]
			size := uint32(0)
			if len(rest) >= 4 {
				size = binary.BigEndian.Uint32(rest)
			}
			switch {
			case len(rest) >= 4 && size > maxFrame:
				want = errNoBroker
			case len(rest) < 4+int(size):
				want = io.ErrUnexpectedEOF
			default:
				passes += 4 + int(size)
			}
		}
		for name, cut := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "halves": iotest.HalfReader} {
			c := &source{Reader: cut(bytes.NewReader(content))}
			got, err := readAll(&framed{Conn: c, key: 99})
			if !errors.Is(err, want) || !bytes.Equal(got, content[:passes]) || c.closed != (want == errNoBroker) {
				t.Errorf("%s: %q of %q passes, %v; want %v", name, got, content, err, want)
			}
		}
	})
}

func readAll(r io.Reader) (all []byte, err error) {
	for p := make([]byte, 100); ; {
		n, err := r.Read(p)
		if all = append(all, p[:n]...); err != nil {
			return all, err
		}
	}
}

// The request decides what an answer has to be, however many come one after the other.
func TestAnswersAreThoseOfTheirRequests(t *testing.T) {
	request := func(key protocol.ApiKey) string {
		return frame(string(binary.BigEndian.AppendUint16(nil, uint16(key))) + "\x00\x00\x00\x00\x00\x01")
	}
	good, bad := frame("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"), frame("\x00\x00\x00\x01\x00\x00\x7f\xff\xff\xff") // lists of 0 and of 2 billion
	c := newFramed(&source{Reader: strings.NewReader(good + bad + good + bad)})
	p := make([]byte, 100)
	for i, step := range []struct {
		key  protocol.ApiKey
		want bool
	}{{protocol.ApiVersions, true}, {99, true}, {protocol.ApiVersions, true}, {protocol.ApiVersions, false}} {
		if _, err := io.WriteString(c, request(step.key)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(p); (err == nil) != step.want || err != nil && !errors.Is(err, errNoBroker) {
			t.Errorf("answer %d: %v", i, err)
		}
	}
}

// Whatever else answers at the address is told as that, at once and without making room for what it seems to announce.
func TestNoBroker(t *testing.T) {
	for name, text := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
		"SMTP": "220 mail.example.org ESMTP\r\n", "SSH": "SSH-2.0-OpenSSH_9.6\r\n", "zeros": strings.Repeat("\x00", 100),
		"a broker that wants memory": frame("\x00\x00\x00\x01\x00\x00\x7f\xff\xff\xff" + strings.Repeat("\x00", 1000)),
	} {
		address := listen(t, func(c net.Conn) {
			_, _ = io.WriteString(c, text) // the client may be gone already
			_, _ = io.CopyN(io.Discard, c, 1<<20)
		})
		o := connected(t, Config{Brokers: []string{address}}, time.Minute)
		begin := time.Now()
		_, err := o.Write(t.Context(), fixture(t))
		if fault := outputs.FaultOf(err); err == nil || fault.Reason != "unreachable" || !errors.Is(err, errNoBroker) || time.Since(begin) > 30*time.Second {
			t.Errorf("%s: got %v after %v", name, err, time.Since(begin))
		}
	}
}
