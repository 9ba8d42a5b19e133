package faults

import (
	"bytes"
	"encoding/binary"
)

// Fault is what a proxy does to the bytes that pass; the zero value is nothing at all.
type Fault struct {
	Refuse         bool // connections are reset: those that are open at once, new ones before a byte
	BlackHole      bool // nothing passes any more, and nobody is told; connections that met it never come back
	BytesPerSecond int  // how slowly requests are read; 0: as they come

	Match    func(request []byte) bool // by its first bytes: which requests the rest is for
	Times    int                       // for how many of them; 0: as long as the fault lasts
	Withhold bool                      // the server does not get the request
	Answer   string                    // what the client gets in place of the server's answer; "": a reset
	Sent     func()                    // called when the request is under way; the answer passes, should there be one
}

// Bulk matches the requests with which the agent writes to Elasticsearch.
func Bulk(request []byte) bool {
	line, _, _ := bytes.Cut(request, []byte("\r\n"))
	return bytes.HasPrefix(line, []byte("POST ")) && bytes.Contains(line, []byte("_bulk"))
}

// Push matches the requests with which the agent writes to Loki. Those of one byte, an empty push in snappy, only ask
// whether Loki answers.
func Push(request []byte) bool {
	return bytes.HasPrefix(request, []byte("POST /loki/api/v1/push")) && !bytes.Contains(request, []byte("\r\nContent-Length: 1\r\n"))
}

// Produce matches Kafka's Produce requests: API key 0 behind the length of the request (KIP-896: version 3 and later).
func Produce(request []byte) bool {
	return len(request) >= 8 && binary.BigEndian.Uint16(request[4:]) == 0 && binary.BigEndian.Uint16(request[6:]) >= 3
}

// Response is a HTTP answer that ends its connection.
func Response(status, body string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + body
}
