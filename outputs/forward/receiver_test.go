package forward

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/outputs"
)

// record is an event as a receiver has it.
type record struct {
	at     time.Time
	fields map[string]any
}

// receiver is the other side of the protocol, on loopback. It keeps each chunk once where it is told to heed IDs.
type receiver struct {
	net.Listener
	t     *testing.T
	heeds bool
	key   string            // asks for it
	users map[string]string // and for one of these
	tls   *tls.Config
	echo  bool // sends the proof of the client back to it, since it knows no key
	once  bool // wants a connection for each chunk

	// answer, if not nil, decides what is sent in place of an acknowledgement, and whether the chunk is kept; nil: nothing, and the
	// connection is closed.
	answer func(id string, n int) (reply []byte, keep bool)

	mu      sync.Mutex
	running sync.WaitGroup
	tags    []string
	ids     []string // of all chunks, in the order in which they came
	known   map[string]bool
	records []record
	links   int
}

func receive(t *testing.T, change ...func(*receiver)) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &receiver{Listener: listener, t: t, heeds: true, known: map[string]bool{}}
	for _, c := range change {
		c(s)
	}
	s.running.Go(s.accept)
	t.Cleanup(func() { listener.Close(); s.running.Wait() })
	return s
}

func (s *receiver) accept() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		if s.tls != nil {
			conn = tls.Server(conn, s.tls)
		}
		s.running.Go(func() { defer conn.Close(); s.serve(conn) })
	}
}

func (s *receiver) serve(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	s.mu.Lock()
	s.links++
	s.mu.Unlock()
	r := msgp.NewReader(conn)
	if s.key != "" && !s.greet(conn, r) {
		return
	}
	for {
		message, err := r.ReadIntf()
		if err != nil {
			return
		}
		reply := s.take(message.([]any))
		if _, err := conn.Write(reply); err != nil || reply == nil || s.once {
			return
		}
	}
}

func (s *receiver) take(message []any) (reply []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	options := message[2].(map[string]any)
	id := options["chunk"].(string)
	records := unpack(s.t, message[1].([]byte), options["compressed"] == "gzip")
	if int(options["size"].(int64)) != len(records) {
		s.t.Errorf("size %v, %d records", options["size"], len(records))
	}
	s.ids, s.tags = append(s.ids, id), append(s.tags, message[0].(string))
	keep := true
	reply = acknowledgement(id)
	if s.answer != nil {
		reply, keep = s.answer(id, len(records))
	}
	if keep && !(s.heeds && s.known[id]) {
		s.known[id] = true
		s.records = append(s.records, records...)
	}
	return reply
}

func acknowledgement(id string) []byte {
	return msgp.AppendString(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "ack"), id)
}

// unpack reads entries, with a decoder that is not ours.
func unpack(t *testing.T, entries []byte, compressed bool) (records []record) {
	t.Helper()
	if compressed {
		zipped, err := gzip.NewReader(bytes.NewReader(entries))
		if err == nil {
			entries, err = io.ReadAll(zipped)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for len(entries) > 0 {
		n, rest, err := msgp.ReadArrayHeaderBytes(entries)
		if err != nil || n != 2 || !bytes.HasPrefix(rest, []byte{fixExt8, 0}) {
			t.Errorf("an entry of %d, %x: %v", n, rest[:2], err)
			return records
		}
		at := time.Unix(int64(binary.BigEndian.Uint32(rest[2:])), int64(binary.BigEndian.Uint32(rest[6:])))
		fields, rest, err := msgp.ReadMapStrIntfBytes(rest[10:], nil)
		if err != nil {
			t.Error(err)
			return records
		}
		records, entries = append(records, record{at.UTC(), fields}), rest
	}
	return records
}

// arrived are the IDs of the events that are there.
func (s *receiver) arrived(*testing.T) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		ids = append(ids, r.fields["auditship"].(map[string]any)["id"].(string))
	}
	return ids
}

// connections is how many there were.
func (s *receiver) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links
}

// sentIDs are those of all chunks.
func (s *receiver) sentIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

// greet is the handshake, as the receiver makes it.
func (s *receiver) greet(conn net.Conn, r *msgp.Reader) bool {
	nonce, auth := "nonce-1", ""
	if s.users != nil {
		auth = "auth-1"
	}
	helo := msgp.AppendString(msgp.AppendArrayHeader(nil, 2), "HELO")
	helo, _ = msgp.AppendMapStrIntf(helo, map[string]any{"nonce": []byte(nonce), "auth": auth, "keepalive": !s.once})
	if _, err := conn.Write(helo); err != nil {
		return false
	}
	answer, err := r.ReadIntf()
	if err != nil {
		return false
	}
	ping := make([]string, 6)
	for i, part := range answer.([]any) {
		ping[i] = part.(string)
	}
	ok := ping[0] == "PING" && ping[3] == digest(ping[2], ping[1], nonce, s.key)
	if password, known := s.users[ping[4]]; s.users != nil {
		ok = ok && known && ping[5] == digest(auth, ping[4], password)
	}
	name, proof := "receiver", digest(ping[2], "receiver", nonce, s.key)
	if s.echo {
		ok, name, proof = true, ping[1], ping[3]
	}
	pong, _ := msgp.AppendIntf(nil, []any{"PONG", ok, "secret-text", name, proof})
	_, err = conn.Write(pong)
	return ok && err == nil
}

func (s *receiver) output(t *testing.T, change ...func(*Config)) *Output {
	t.Helper()
	cfg := Config{Addresses: []string{s.Addr().String()}}
	for _, c := range change {
		c(&cfg)
	}
	cfg.Validate(func(path, problem string) { t.Errorf("%s %s", path, problem) })
	o, err := New(cfg, outputs.Env{Log: slog.New(slog.DiscardHandler), Node: "cp-1", Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
