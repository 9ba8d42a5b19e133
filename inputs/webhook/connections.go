package webhook

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
)

// handlers are the requests that are being answered. http.Server does not wait for those that it cuts off: they may be behind a disk that
// hangs, and none of them must write to the spool when another process, or a configuration that is new, has it.
type handlers struct {
	mu    sync.Mutex
	ended bool
	at    sync.WaitGroup
}

// begin tells whether another one may begin.
func (h *handlers) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.at.Add(1)
	}
	return !h.ended
}

// end waits for all of them.
func (h *handlers) end() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.at.Wait()
}

// newcomers are connections on which nothing was asked yet, nor perhaps any certificate shown: whoever reaches the port can open them.
type newcomers struct {
	mu  sync.Mutex
	all []net.Conn // the oldest first
}

const mostNewcomers = 256

// note is http.Server's ConnState. Beyond the most, the oldest is closed: a client that may send does so at once, and so is none of the
// oldest for long, however many others come.
func (n *newcomers) note(conn net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := slices.Index(n.all, conn); i >= 0 {
		n.all = slices.Delete(n.all, i, i+1)
	}
	if state != http.StateNew {
		return
	}
	if n.all = append(n.all, conn); len(n.all) > mostNewcomers {
		if secured, ok := n.all[0].(*tls.Conn); ok {
			secured.NetConn().Close() // without a goodbye, which may have to wait
		}
		n.all = slices.Delete(n.all, 0, 1)
	}
}
