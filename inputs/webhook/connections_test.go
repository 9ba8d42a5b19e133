package webhook

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
)

// TestNewcomers: however many connections are opened and left so, no more than some are kept, and who sends is not among those that go.
func TestNewcomers(t *testing.T) {
	var n newcomers
	var far, near []net.Conn
	open := func() {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { ours.Close(); theirs.Close() })
		secured := tls.Server(ours, &tls.Config{})
		far, near = append(far, theirs), append(near, secured)
		n.note(secured, http.StateNew)
	}
	for range mostNewcomers {
		open()
	}
	n.note(near[0], http.StateActive)
	n.note(near[1], http.StateClosed)
	open()
	open()
	open() // the third oldest has to go
	if len(n.all) != mostNewcomers {
		t.Errorf("%d are kept", len(n.all))
	}
	if _, err := far[2].Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the oldest: %v", err)
	}
	for _, i := range []int{0, 3} {
		go near[i].(*tls.Conn).NetConn().Write([]byte{1})
		if _, err := far[i].Read(make([]byte, 1)); err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}
