package webhook

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"testing/synctest"
)

// TestHandlers: the end waits for all that have begun, and after it none begins.
func TestHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h handlers
		for range 2 {
			if !h.begin() {
				t.Fatal("none may begin")
			}
		}
		ended := false
		go func() { h.end(); ended = true }()
		for range 2 {
			if synctest.Wait(); ended {
				t.Error("it ended before all had")
			}
			h.at.Done()
		}
		if synctest.Wait(); !ended || h.begin() {
			t.Error("it has not ended, or another one may begin")
		}
	})
}

// TestNothingAfterTheEnd: a request whose connection is cut off at the end, and whose handler goes on, has ended before Run returns. It would
// open the spool again, beside whoever has it then: both would write at the same place.
func TestNothingAfterTheEnd(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	tls := a.serverTLS()
	tls.ClientCertificates, tls.ClientCAFile = "none", ""
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: tls}, room)
	Share([]*Input{in}, NewMemory(0), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- in.Run(ctx) }()
	for in.Ready() != nil {
		runtime.Gosched()
	}
	address := in.server.address()

	body, rest := io.Pipe()
	answered := make(chan int, 1)
	go func() { // by hand, so that the end of the connection is not that of the body
		w := httptest.NewRecorder()
		in.server.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", body))
		answered <- w.Code
	}()
	list := listOf(`{"a":1}`)
	if _, err := rest.Write(list[:len(list)/2]); err != nil {
		t.Fatal(err)
	}
	stop()
	for closed := false; !closed; runtime.Gosched() {
		conn, err := net.Dial("tcp", address)
		if closed = err != nil; !closed {
			conn.Close()
		}
	}
	if _, err := rest.Write(list[len(list)/2:]); err != nil {
		t.Fatal(err)
	}
	rest.Close()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	select {
	case code := <-answered:
		if code != http.StatusOK {
			t.Errorf("got %d", code)
		}
	default:
		// The handler answers before it is counted as ended, and the test hears of it behind that.
		if in.server.handlers.begin() {
			t.Error("Run returned before the request was answered")
		}
		if code := <-answered; code != http.StatusOK {
			t.Errorf("got %d", code)
		}
	}
	if got := stored(t, in); len(got) != 1 {
		t.Errorf("%d events are stored", len(got))
	}
}
