// Package faults is the fault matrix: the built agent with an output of every kind, real servers, and between them proxies
// that do what networks, disks and servers do at their worst. See "Fault matrix" in docs/guarantees.md.
package faults

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// Proxy passes on TCP connections, byte by byte unless a fault is set. It knows just enough of requests and answers to
// lose an answer whose request was carried out, which no proxy of bytes alone can do on purpose.
type Proxy struct {
	Front func(net.Conn) net.Conn // wraps what clients connect to, such as with TLS; nil: as it is
	Dial  func() (net.Conn, error)

	listener net.Listener
	wait     sync.WaitGroup

	mu     sync.Mutex
	fault  Fault
	met    int // matching requests since Set
	links  map[*link]struct{}
	closed bool
}

// Listen begins to accept connections at an address of loopback.
func (p *Proxy) Listen(address string) (err error) {
	p.links = map[*link]struct{}{}
	if p.listener, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("listen as a proxy: %w", err)
	}
	p.wait.Go(p.accept)
	return nil
}

// Set replaces the fault; Fault{} ends it.
func (p *Proxy) Set(fault Fault) {
	p.mu.Lock()
	p.fault, p.met = fault, 0
	p.mu.Unlock()
	if fault.Refuse {
		p.Cut()
	}
}

// Met is how many matching requests there were since Set.
func (p *Proxy) Met() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.met
}

// Cut resets all open connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
	}
}

// Close ends everything.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	err := p.listener.Close()
	p.Cut()
	p.wait.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.wait.Go(func() { p.serve(conn) })
		}
	}
}

func (p *Proxy) serve(raw net.Conn) {
	l := &link{proxy: p, raw: raw, client: raw, dead: make(chan struct{}), turn: true}
	if p.Front != nil {
		l.client = p.Front(raw)
	}
	if !p.enter(l) {
		l.reset()
		return
	}
	defer p.leave(l)
	defer l.reset()
	if p.current().BlackHole {
		<-l.dead
		return
	}
	server, err := p.Dial()
	if err != nil {
		return
	}
	defer server.Close()
	l.server = server
	p.wait.Go(l.answers)
	l.requests()
}

// enter tells whether the connection may stay.
func (p *Proxy) enter(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.fault.Refuse {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) leave(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *Proxy) current() Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// take is the fault that a request meets, if any.
func (p *Proxy) take(request []byte) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault.Match == nil || !p.fault.Match(request) || p.fault.Times > 0 && p.met >= p.fault.Times {
		return nil
	}
	p.met++
	fault := p.fault
	return &fault
}
