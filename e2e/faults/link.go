package faults

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one connection through a proxy. Clients ask and wait for the answer, so the first bytes after an answer are
// those of the next request.
type link struct {
	proxy  *Proxy
	raw    net.Conn // of the client, below TLS
	client net.Conn
	server net.Conn
	dead   chan struct{} // closed by reset
	once   sync.Once

	mu   sync.Mutex
	turn bool   // the client's: its next bytes begin a request
	met  *Fault // what the present request met

	hole atomic.Bool // it met a black hole
}

const chunk = 32 << 10

// requests passes on what the client says.
func (l *link) requests() {
	buffer := make([]byte, chunk)
	for {
		limit := l.proxy.current().BytesPerSecond
		n, err := l.client.Read(buffer[:pieceOf(limit)])
		if err != nil || l.swallow() {
			return
		}
		l.delay(n, limit)
		fault := l.begin(buffer[:n])
		if fault != nil && fault.Withhold {
			l.replace(fault.Answer)
			return
		}
		if _, err := l.server.Write(buffer[:n]); err != nil {
			return
		}
		if fault != nil && fault.Sent != nil {
			fault.Sent()
		}
	}
}

// answers passes on what the server says.
func (l *link) answers() {
	defer l.reset()
	buffer := make([]byte, chunk)
	for {
		n, err := l.server.Read(buffer)
		if l.swallow() || err != nil {
			return
		}
		l.mu.Lock()
		fault := l.met
		l.turn, l.met = true, nil
		l.mu.Unlock()
		if fault != nil && fault.Sent == nil {
			l.replace(fault.Answer)
			return
		}
		if _, err := l.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// begin tells what the request meets that the bytes begin; nil where they go on with one.
func (l *link) begin(bytes []byte) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.turn {
		return nil
	}
	l.turn = false
	l.met = l.proxy.take(bytes)
	return l.met
}

// swallow waits for the end of the connection where it met a black hole.
func (l *link) swallow() bool {
	if l.hole.Load() || l.proxy.current().BlackHole {
		l.hole.Store(true)
		<-l.dead
		return true
	}
	return false
}

// replace gives the client another answer, or none.
func (l *link) replace(answer string) {
	if answer == "" {
		l.reset()
		return
	}
	_, _ = l.client.Write([]byte(answer)) // the client may be gone
	_ = l.client.Close()
}

// reset ends the connection so that the client sees a reset (RST), not an end.
func (l *link) reset() {
	l.once.Do(func() {
		if tcp, ok := l.raw.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = l.raw.Close()
		close(l.dead)
	})
}

// delay is how long n bytes take.
func (l *link) delay(n, perSecond int) {
	if perSecond == 0 {
		return
	}
	select {
	case <-l.dead:
	case <-time.After(time.Duration(n) * time.Second / time.Duration(perSecond)):
	}
}

// pieceOf is how much to read at once, so that slow bytes come steadily.
func pieceOf(perSecond int) int {
	if perSecond == 0 {
		return chunk
	}
	return min(chunk, max(1, perSecond/10))
}
