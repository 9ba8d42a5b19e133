package faults

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// asked is a server that answers each line, behind a proxy.
type asked struct {
	*testing.T
	proxy    *Proxy
	requests atomic.Int64
}

func behindProxy(t *testing.T) *asked {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a := &asked{T: t}
	go a.serve(server)
	a.proxy = &Proxy{Dial: dialer(server.Addr().String())}
	must(t, a.proxy.Listen("127.0.0.1:0"))
	t.Cleanup(func() { must(t, errors.Join(a.proxy.Close(), server.Close())) })
	return a
}

func (a *asked) serve(server net.Listener) {
	for {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				a.requests.Add(1)
				if _, err := conn.Write([]byte("answer\n")); err != nil {
					return
				}
			}
		}()
	}
}

func (a *asked) connect() net.Conn {
	conn, err := net.Dial("tcp", a.proxy.Address())
	must(a.T, err)
	a.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask returns what comes back, up to a line, and how it ended.
func (a *asked) ask(conn net.Conn, wait time.Duration) (string, error) {
	if _, err := conn.Write([]byte("write\n")); err != nil {
		return "", err
	}
	must(a.T, conn.SetReadDeadline(time.Now().Add(wait)))
	text, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(text), err
}

func write(request []byte) bool { return bytes.HasPrefix(request, []byte("write")) }

func (a *asked) want(conn net.Conn, answer string, failure error, requests int64) {
	a.Helper()
	got, err := a.ask(conn, 5*time.Second)
	if got != answer || !errors.Is(err, failure) {
		a.Errorf("answer %q and error %v, want %q and %v", got, err, answer, failure)
	}
	if n := a.requests.Load(); n != requests {
		a.Errorf("the server has %d requests, want %d", n, requests)
	}
}

func TestProxyLosesTheAnswerOfARequestThatTheServerHas(t *testing.T) {
	a := behindProxy(t)
	conn := a.connect()
	a.want(conn, "answer", nil, 1)
	a.proxy.Set(Fault{Match: write, Times: 1})
	a.want(conn, "", syscall.ECONNRESET, 2)
	a.want(a.connect(), "answer", nil, 3)
	if a.proxy.Met() != 1 {
		t.Errorf("%d requests met the fault, want 1", a.proxy.Met())
	}
}

func TestProxyAnswersInTheServersPlace(t *testing.T) {
	a := behindProxy(t)
	a.proxy.Set(Fault{Match: write, Answer: "other\n"})
	a.want(a.connect(), "other", nil, 1)
	a.proxy.Set(Fault{Match: write, Answer: "other\n", Withhold: true})
	a.want(a.connect(), "other", nil, 1)
	a.proxy.Set(Fault{Match: func([]byte) bool { return false }, Answer: "other\n"})
	a.want(a.connect(), "answer", nil, 2)
}

func TestProxyTellsThatARequestIsUnderWay(t *testing.T) {
	a := behindProxy(t)
	sent := make(chan struct{}, 1)
	a.proxy.Set(Fault{Match: write, Sent: func() { sent <- struct{}{} }})
	a.want(a.connect(), "answer", nil, 1)
	<-sent
}

func TestProxyRefuses(t *testing.T) {
	a := behindProxy(t)
	conn := a.connect()
	a.want(conn, "answer", nil, 1)
	a.proxy.Set(Fault{Refuse: true})
	if _, err := a.ask(conn, 5*time.Second); err == nil {
		t.Error("the open connection goes on")
	}
	if again, err := net.Dial("tcp", a.proxy.Address()); err == nil { // the reset may be faster
		if _, err := a.ask(again, 5*time.Second); err == nil {
			t.Error("a new connection works")
		}
	}
	a.proxy.Set(Fault{})
	a.want(a.connect(), "answer", nil, 2)
}

func TestProxyIsABlackHole(t *testing.T) {
	a := behindProxy(t)
	conn := a.connect()
	a.want(conn, "answer", nil, 1)
	a.proxy.Set(Fault{BlackHole: true})
	for _, c := range []net.Conn{conn, a.connect()} {
		var timeout net.Error
		if _, err := a.ask(c, 50*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("error %v, want that nothing comes", err)
		}
	}
	a.proxy.Set(Fault{})
	a.want(a.connect(), "answer", nil, 2)
}

func TestMatchers(t *testing.T) {
	for _, test := range []struct {
		match   func([]byte) bool
		request string
		want    bool
	}{
		{Bulk, "POST /audit-x/_bulk?filter_path=errors HTTP/1.1\r\n", true},
		{Bulk, "POST /audit-x/_search HTTP/1.1\r\nX: _bulk\r\n", false},
		{Push, "POST /loki/api/v1/push HTTP/1.1\r\nContent-Length: 312\r\n\r\n", true},
		{Push, "POST /loki/api/v1/push HTTP/1.1\r\nContent-Length: 1\r\n\r\n", false},
		{Produce, "\x00\x00\x01\x00\x00\x00\x00\x09", true},
		{Produce, "\x00\x00\x01\x00\x00\x03\x00\x09", false},
		{Produce, "\x00\x00", false},
	} {
		if test.match([]byte(test.request)) != test.want {
			t.Errorf("%q matches: %v", test.request, !test.want)
		}
	}
}
