package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// listen serves every connection with serve until the test ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { defer c.Close(); serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); group.Wait() })
	return l.Addr().String()
}

func connected(t *testing.T, cfg Config, timeout time.Duration) *Output {
	t.Helper()
	o := newDisk().start(t, nil, cfg)
	l, err := newLink(Config{Brokers: cfg.Brokers, Topic: "audit", SASL: cfg.SASL, TLS: cfg.TLS}, timeout)
	if err != nil {
		t.Fatal(err)
	}
	o.link = l
	t.Cleanup(func() { o.Close() })
	return o
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	o := connected(t, Config{Brokers: []string{l.Addr().String()}}, time.Minute)
	_, err = o.Write(t.Context(), fixture(t))
	if f := outputs.FaultOf(err); err == nil || f.Reason != "unreachable" || f.Blocked {
		t.Errorf("got %v", err)
	}
}

// A broker that accepts and never answers: Write ends with its context, and so do the connections.
func TestSilentBroker(t *testing.T) {
	accepted, closed := make(chan struct{}, 10), make(chan struct{}, 10)
	address := listen(t, func(c net.Conn) {
		accepted <- struct{}{}
		_, _ = io.Copy(io.Discard, c)
		closed <- struct{}{}
	})
	o := connected(t, Config{Brokers: []string{address}}, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-accepted; cancel() }()
	if _, err := o.Write(ctx, fixture(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-closed
}

func TestSilentBrokerTimesOut(t *testing.T) {
	address := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	o := connected(t, Config{Brokers: []string{address}}, 50*time.Millisecond)
	if _, err := o.Write(t.Context(), fixture(t)); outputs.FaultOf(err).Reason != "timed_out" {
		t.Errorf("got %v", err)
	}
}

func TestTLSToPlainPortIsBlocked(t *testing.T) {
	address := listen(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.0 400 Bad Request\r\n\r\n")) })
	o := connected(t, Config{Brokers: []string{address}, TLS: &credentials.TLS{}}, time.Minute)
	if _, err := o.Write(t.Context(), fixture(t)); outputs.FaultOf(err).Reason != "tls" || !outputs.FaultOf(err).Blocked {
		t.Errorf("got %v", err)
	}
}

func TestMissingCertificateIsBlocked(t *testing.T) {
	o := connected(t, Config{Brokers: []string{"127.0.0.1:1"}, TLS: &credentials.TLS{CAFile: filepath.Join(t.TempDir(), "ca.crt")}}, time.Minute)
	if _, err := o.Write(t.Context(), fixture(t)); outputs.FaultOf(err).Reason != "credentials" || !outputs.FaultOf(err).Blocked {
		t.Errorf("got %v", err)
	}
}

// Every connection logs in with the password that the file holds at that time.
func TestLoginFollowsItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	for _, mechanism := range mechanisms {
		l := NewLogin(&SASL{Mechanism: mechanism, Username: "agent", PasswordFile: file})
		if _, _, err := l.Start(t.Context()); !outputs.FaultOf(err).Blocked {
			t.Errorf("%s: got %v without a file", mechanism, err)
		}
	}
	l := NewLogin(&SASL{Mechanism: "PLAIN", Username: "agent", PasswordFile: file})
	for _, password := range []string{"first", "another one"} {
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, first, err := l.Start(t.Context()); err != nil || string(first) != "\x00agent\x00"+password {
			t.Errorf("got %q, %v", first, err)
		}
	}
	for _, mechanism := range mechanisms {
		l := NewLogin(&SASL{Mechanism: mechanism, Username: "agent", PasswordFile: file})
		if _, first, err := l.Start(t.Context()); err != nil || len(first) == 0 || l.Name() != mechanism {
			t.Errorf("%s: got %q, %v", mechanism, first, err)
		}
	}
}

// A refused login is Blocked, and the broker's own words are not repeated.
func TestRefusedLogin(t *testing.T) {
	for code, advice := range map[kafka.Error]string{kafka.SASLAuthenticationFailed: "password", kafka.UnsupportedSASLMechanism: "mechanism"} {
		f := faultOf(errors.Join(errors.New("text of the server"), code))
		if f.Reason != "login_refused" || !f.Blocked || f.Err == nil {
			t.Errorf("got %v, want advice on the %s", f, advice)
		}
		if text := f.Error(); text == "" || strings.Contains(text, "text of the server") || !strings.Contains(text, advice) {
			t.Errorf("got %q", text)
		}
	}
}

func TestPayloadIsRevoked(t *testing.T) {
	var p payload
	p.Reset([]byte("batch"))
	p.revoke()
	if _, err := p.WriteTo(io.Discard); err == nil {
		t.Error("a revoked batch was written")
	}
	if _, err := p.Read(binary.BigEndian.AppendUint16(nil, 0)); err == nil {
		t.Error("a revoked batch was read")
	}
}
