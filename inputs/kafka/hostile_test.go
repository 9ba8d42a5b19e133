package kafka

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/inputs"
)

// TestNoBroker: a web server at a broker's address is known for one, and costs no memory: read as Kafka's, its answer announces gigabytes.
func TestNoBroker(t *testing.T) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer web.Close()
	go func() {
		for {
			conn, err := web.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"))
			conn.Close()
		}
	}()
	in := New(Config{Brokers: []string{web.Addr().String()}, Topics: []string{"audit"}}, slog.New(slog.DiscardHandler))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := in.Open(inputs.Options{Pipeline: "tier/search"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := r.Next(ctx); err == nil || !strings.Contains(err.Error(), "no Kafka broker") {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}

// TestSilentBroker: one that accepts connections and says nothing is told of, and does not hold up the end.
func TestSilentBroker(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	in := New(Config{Brokers: []string{silent.Addr().String()}, Topics: []string{"audit"}}, slog.New(slog.DiscardHandler))
	r, err := in.Open(inputs.Options{Pipeline: "tier/search"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	begun := time.Now()
	if err := r.Close(); err != nil || time.Since(begun) > askWithin/2 {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}
