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

	"github.com/auditship/auditship/outputs"
)

// source is a connection that says what a reader says.
type source struct {
	net.Conn
	io.Reader
	closed bool
}

func (s *source) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (s *source) Close() error               { s.closed = true; return nil }

// FuzzFrames: answers of possible sizes pass as they are, however they are cut; behind one that is not, nothing does.
func FuzzFrames(f *testing.F) {
	frame := func(text string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text }
	for _, seed := range []string{"", frame(""), frame("a") + frame("bc") + frame(strings.Repeat("x", 999)), "HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x03\x00\x02\x02\x46", frame("a")[:3], frame("a") + "\xff\xff\xff\xff" + frame("b"), "\x7f\xff\xff\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		passes, sound := len(content), true
		for at := 0; at+4 <= len(content); {
			size := int(int32(binary.BigEndian.Uint32(content[at:])))
			if size < 0 || size > maxFrame {
				passes, sound = at, false
				break
			}
			at += 4 + size
		}
		for name, cut := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "halves": iotest.HalfReader} {
			c := &source{Reader: cut(bytes.NewReader(content))}
			got, err := io.ReadAll(&framed{Conn: c})
			if sound && (err != nil || !bytes.Equal(got, content)) || !sound && (!errors.Is(err, errNoBroker) || len(got) > passes+3 || !c.closed) {
				t.Errorf("%s: %q of %q passes, %v", name, got, content, err)
			}
		}
	})
}

// Whatever else answers at the address is told as that, at once and without making room for what it seems to announce.
func TestNoBroker(t *testing.T) {
	for name, text := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
		"SMTP": "220 mail.example.org ESMTP\r\n", "SSH": "SSH-2.0-OpenSSH_9.6\r\n", "zeros": strings.Repeat("\x00", 100),
	} {
		address := listen(t, func(c net.Conn) {
			_, _ = io.WriteString(c, text) // the client may be gone already
			_, _ = io.CopyN(io.Discard, c, 1<<20)
		})
		o := connected(t, Config{Brokers: []string{address}}, 5*time.Second)
		begin := time.Now()
		_, err := o.Write(t.Context(), fixture(t))
		fault := outputs.FaultOf(err)
		if err == nil || fault.Permanent {
			t.Errorf("%s: got %v", name, err)
		}
		if name != "zeros" && (fault.Reason != "unreachable" || !errors.Is(err, errNoBroker) || time.Since(begin) > 4*time.Second) {
			t.Errorf("%s: got %v after %v", name, err, time.Since(begin))
		}
	}
}
