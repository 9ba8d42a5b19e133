package kafka

import (
	"encoding/binary"
	"errors"
	"net"
)

// maxFrame is the longest answer that is believed. A broker's have some KB; what any other protocol begins with is larger
// when it is read as a size: "HTTP" is 1.2 GB, a TLS alert 352 MB.
const maxFrame = 64 << 20

var errNoBroker = errors.New("what answers there is no Kafka broker, or one that expects TLS; check the address and the tls block")

// framed is a connection that ends where an answer has an impossible size (https://kafka.apache.org/protocol#protocol_common).
// kafka-go would believe it, and make room for as many elements as the text that follows says.
type framed struct {
	net.Conn
	size [4]byte
	have int // bytes of size
	left int // bytes of the answer behind it
}

func (f *framed) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		taken := min(f.left, len(rest))
		f.left, rest = f.left-taken, rest[taken:]
		if f.left > 0 || len(rest) == 0 {
			break
		}
		f.size[f.have], rest = rest[0], rest[1:]
		if f.have++; f.have < len(f.size) {
			continue
		}
		f.have, f.left = 0, int(int32(binary.BigEndian.Uint32(f.size[:])))
		if f.left < 0 || f.left > maxFrame {
			f.Conn.Close()
			return 0, errNoBroker
		}
	}
	return n, err
}
