package faults

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone is the domain of the names that a Resolver knows: it has them all, at 127.0.0.1.
const Zone = "faults.test"

// Trouble is what comes of the question for a name.
type Trouble int

// What a Resolver does.
const (
	Answers Trouble = iota
	NoName          // NXDOMAIN
	Failure         // SERVFAIL
	Silence         // no answer at all
)

// Resolver is a DNS server (RFC 1035, UDP) at an address of loopback.
type Resolver struct {
	conn net.PacketConn
	done chan struct{}

	mu      sync.Mutex
	trouble map[string]Trouble
	met     map[string]int // questions for a name since it got its trouble
}

// NewResolver listens at the first of some loopback addresses where port 53 is free: clients know no other port.
func NewResolver() (*Resolver, error) {
	var errs []error
	for i := 1; i <= 8; i++ {
		conn, err := net.ListenPacket("udp", fmt.Sprintf("127.0.53.%d:53", i))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r := &Resolver{conn: conn, done: make(chan struct{}), trouble: map[string]Trouble{}, met: map[string]int{}}
		go r.serve()
		return r, nil
	}
	return nil, fmt.Errorf("listen for DNS: %w", errors.Join(errs...))
}

// Host is the address without the port, as resolv.conf(5) wants it.
func (r *Resolver) Host() string { return r.conn.LocalAddr().(*net.UDPAddr).IP.String() }

// Set makes a trouble of a name, whose first label is given, or ends it.
func (r *Resolver) Set(label string, trouble Trouble) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble[label], r.met[label] = trouble, 0
}

// Met is how many questions there were for a name since Set.
func (r *Resolver) Met(label string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.met[label]
}

// Close ends it.
func (r *Resolver) Close() error {
	err := r.conn.Close()
	<-r.done
	return err
}

func (r *Resolver) serve() {
	defer close(r.done)
	buffer := make([]byte, 4<<10)
	for {
		n, client, err := r.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer := r.answer(buffer[:n]); answer != nil {
			_, _ = r.conn.WriteTo(answer, client) // who is gone asks again
		}
	}
}

func (r *Resolver) answer(query []byte) []byte {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil || len(message.Questions) != 1 {
		return nil
	}
	question := message.Questions[0]
	code, there := r.find(question.Name.String())
	if !there {
		return nil
	}
	message.Header = dnsmessage.Header{ID: message.ID, Response: true, Authoritative: true, RecursionAvailable: true, RCode: code}
	message.Additionals = nil
	if code == dnsmessage.RCodeSuccess && question.Type == dnsmessage.TypeA {
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := message.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// find tells what to answer, if anything.
func (r *Resolver) find(name string) (code dnsmessage.RCode, there bool) {
	label, ours := strings.CutSuffix(strings.ToLower(name), "."+Zone+".")
	if !ours {
		return dnsmessage.RCodeNameError, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.met[label]++
	switch r.trouble[label] {
	case NoName:
		return dnsmessage.RCodeNameError, true
	case Failure:
		return dnsmessage.RCodeServerFailure, true
	case Silence:
		return 0, false
	}
	return dnsmessage.RCodeSuccess, true
}
