package forward

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
	"github.com/auditship/auditship/outputs/outputtest"
)

// TestAnswers: nothing but the acknowledgement of its own chunk makes a chunk a delivered one.
func TestAnswers(t *testing.T) {
	helo, _ := msgp.AppendIntf(nil, []any{"HELO", map[string]any{"nonce": "n"}})
	for name, c := range map[string]struct {
		reply   []byte
		reason  string
		blocked bool
	}{
		"cut":          {nil, cut, false},
		"wrong chunk":  {acknowledgement("AAAAAAAAAAAAAAAAAAAAAA=="), unexpected, false},
		"empty map":    {[]byte{0x80}, unexpected, false},
		"a number":     {[]byte{1}, unexpected, true},
		"no msgpack":   {[]byte{0xc1, 0xc1}, unexpected, true},
		"HTTP":         {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), unexpected, true},
		"asks for key": {helo, unauthorized, true},
		"endless":      {append([]byte{0xdb, 0xff, 0xff, 0xff, 0xff}, make([]byte, 1<<16)...), unexpected, true},
		"deep":         {[]byte(strings.Repeat("\x91", 1000)), unexpected, true},
	} {
		s := receive(t, func(s *receiver) { s.once = true })
		s.answer = func(string, int) ([]byte, bool) { return c.reply, false }
		o := outputtest.Opened(t, s.output(t), outputs.Resume{})
		_, err := o.Write(t.Context(), outputtest.Events(t)[:3])
		if f := outputs.FaultOf(err); err == nil || f.Reason != c.reason || f.Blocked != c.blocked || f.Permanent {
			t.Errorf("%s: %+v", name, f)
		}
		s.mu.Lock()
		s.answer = nil
		s.mu.Unlock()
		if ack, err := o.Write(t.Context(), outputtest.Events(t)[:3]); err != nil || ack.Unchecked != 3 {
			t.Errorf("%s, then: %+v %v", name, ack, err)
		}
	}
}

// silent is a receiver that takes connections and says nothing.
func silent(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// TestSilence: an acknowledgement that does not come is waited for as long as is configured, or until the context ends.
func TestSilence(t *testing.T) {
	o, err := New(Config{Addresses: []string{silent(t).Addr().String()}}, outputs.Env{Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	outputtest.Opened(t, o, outputs.Resume{})
	if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); outputs.FaultOf(err).Reason != noAnswer {
		t.Error(err)
	}
	o.env.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := o.Write(ctx, outputtest.Events(t)[:1]); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	o.cfg.SharedKey, o.env.Timeout = "k", 50*time.Millisecond
	o.key = credentials.NewSecret("k", "")
	if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); !outputs.FaultOf(err).Blocked {
		t.Error(err)
	}
}

// TestKey is the handshake: each side must know the key, and where there are users, the password.
func TestKey(t *testing.T) {
	users := map[string]string{"ship": "pass"}
	for name, c := range map[string]struct {
		key    string // the receiver's
		users  map[string]string
		user   string
		echo   bool
		once   bool
		reason string
	}{
		"fine":            {key: "k"},
		"a link a chunk":  {key: "k", once: true},
		"a user":          {key: "k", users: users, user: "ship"},
		"another key":     {key: "other", reason: unauthorized},
		"an unknown user": {key: "k", users: users, user: "them", reason: unauthorized},
		"no user":         {key: "k", users: users, reason: unauthorized},
		"our own proof":   {key: "other", echo: true, reason: unauthorized},
	} {
		s := receive(t, func(s *receiver) { s.key, s.users, s.echo, s.once = c.key, c.users, c.echo, c.once })
		o := outputtest.Opened(t, s.output(t, func(cfg *Config) {
			cfg.SharedKey = "k"
			if c.user != "" {
				cfg.Username, cfg.Password = c.user, "pass"
			}
		}), outputs.Resume{})
		for range 2 {
			_, err := o.Write(t.Context(), outputtest.Events(t)[:2])
			if c.reason == "" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if f := outputs.FaultOf(err); c.reason != "" && (f.Reason != c.reason || !f.Blocked || strings.Contains(err.Error(), "secret")) {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if links := map[bool]int{false: 1, true: 2}[c.once || c.reason != ""]; s.connections() != links {
			t.Errorf("%s: %d connections", name, s.connections())
		}
	}
}

// TestKeyFile: an empty file is neither a reason to do without the handshake nor a key, which anybody would know; and the key of the moment
// counts.
func TestKeyFile(t *testing.T) {
	s := receive(t, func(s *receiver) { s.key, s.once = "k2", true })
	file := filepath.Join(t.TempDir(), "key")
	o := outputtest.Opened(t, s.output(t, func(c *Config) { c.SharedKeyFile = file }), outputs.Resume{})
	write := func() error { _, err := o.Write(t.Context(), outputtest.Events(t)[:2]); return err }
	if f := outputs.FaultOf(write()); f.Reason != "credentials" || !f.Blocked {
		t.Errorf("%+v", f)
	}
	for key, want := range map[string]string{"": "credentials", "k1": unauthorized, "the key k2": unauthorized} {
		if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
		if f := outputs.FaultOf(write()); f.Reason != want {
			t.Errorf("%q: %+v", key, f)
		}
	}
	if err := os.WriteFile(file, []byte("k2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Error(err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	s := receive(t, func(s *receiver) { s.tls = &tls.Config{Certificates: server.TLS.Certificates}; s.key = "k" })
	for _, insecure := range []bool{true, false} {
		o := outputtest.Opened(t, s.output(t, func(c *Config) { c.TLS, c.SharedKey = &credentials.TLS{InsecureSkipVerify: insecure}, "k" }), outputs.Resume{})
		_, err := o.Write(t.Context(), outputtest.Events(t)[:2])
		if f := outputs.FaultOf(err); insecure && err != nil || !insecure && (f.Reason != certificate || !f.Blocked) {
			t.Errorf("insecure %v: %v", insecure, err)
		}
	}
}

// TestAddresses: the next one is tried where one is dead or fails behind a chunk.
func TestAddresses(t *testing.T) {
	dead := silent(t)
	dead.Close()
	bad := receive(t)
	bad.answer = func(string, int) ([]byte, bool) { return nil, false }
	good := receive(t)
	o := outputtest.Opened(t, good.output(t, func(c *Config) {
		c.Addresses = []string{dead.Addr().String(), bad.Addr().String(), good.Addr().String()}
	}), outputs.Resume{})
	if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); outputs.FaultOf(err).Reason != cut {
		t.Error(err)
	}
	if _, err := o.Write(t.Context(), outputtest.Events(t)[:1]); err != nil || len(good.records) != 1 {
		t.Error(err)
	}
}

// FuzzAnswers: whatever a receiver sends, it costs little memory and proves nothing.
func FuzzAnswers(f *testing.F) {
	f.Add(acknowledgement("AAAA"))
	f.Add([]byte{0x92, 0xa4, 'H', 'E', 'L', 'O', 0x81, 0xa5, 'n', 'o', 'n', 'c', 'e', 0xc4, 1, 'x'})
	f.Add([]byte{0x95, 0xa4, 'P', 'O', 'N', 'G', 0xc3, 0xa0, 0xa1, 'h', 0xa0})
	f.Add([]byte{0xdd, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0xd9, 3, 'a'})
	f.Add([]byte{0xc7, 12, 0xff})
	o, err := New(Config{SharedKey: "k"}, outputs.Env{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		a := newAnswers(strings.NewReader(string(sent)))
		for range 8 {
			answer, fault := a.next()
			if fault != nil {
				if fault.Permanent {
					t.Error("a dead letter for an answer")
				}
				return
			}
			if acknowledges(answer, "no such chunk") == nil {
				t.Error("an acknowledgement of what was not sent")
			}
			readHelo(answer)
			if o.judge(answer, "k", "nonce", "salt") == nil {
				t.Error("a proof without the key")
			}
		}
	})
}
