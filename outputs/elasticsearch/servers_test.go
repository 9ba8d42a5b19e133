package elasticsearch

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

var quiet = log.New(io.Discard, "", 0)

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCredentialsFollowTheirFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"password": {func(cfg *Config) { cfg.Username, cfg.PasswordFile = "agent", path }, []string{"Basic YWdlbnQ6Zmlyc3Q=", "Basic YWdlbnQ6dGhlOnNlY29uZA=="}},
		"API key":  {func(cfg *Config) { cfg.APIKeyFile = path }, []string{"ApiKey first", "ApiKey dGhlOnNlY29uZA=="}},
		"none":     {func(*Config) {}, []string{"", ""}},
	} {
		f := newFake(t)
		var got []string
		f.before = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
			got = append(got, r.Header.Get("Authorization"))
			return false
		}
		o := f.output(func(cfg *Config, _ *outputs.Env) { c.change(cfg) })
		for _, secret := range []string{"first", "the:second"} {
			put(t, path, secret+"\n")
			if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestMissingSecret(t *testing.T) {
	f := newFake(t)
	path := filepath.Join(t.TempDir(), "secret")
	o := f.output(func(cfg *Config, _ *outputs.Env) { cfg.APIKeyFile = path })
	_, err := o.Write(t.Context(), some(t, 1))
	if got := outputs.FaultOf(err); got.Reason != secrets || !got.Blocked {
		t.Errorf("got %v", err)
	}
	put(t, path, "key")
	if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
		t.Errorf("once it is there: %v", err)
	}
}

// The CA is replaced: connections made from then on trust the new one.
func TestCAFollowsItsFile(t *testing.T) {
	f := newFake(t)
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	o := f.output(func(cfg *Config, _ *outputs.Env) {
		cfg.URLs, cfg.TLS = []string{server.URL}, &credentials.TLS{CAFile: ca}
	})
	for round, want := range []string{secrets, certificate, ""} {
		switch want {
		case certificate:
			put(t, ca, other)
		case "":
			put(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
		}
		_, err := o.Write(t.Context(), some(t, 1))
		if want == "" && err != nil || want != "" && outputs.FaultOf(err).Reason != want {
			t.Errorf("round %d: got %v, want %q", round, err, want)
		}
	}
}

func TestServersTakeTurns(t *testing.T) {
	a, b := newFake(t), newFake(t)
	o := a.output(func(cfg *Config, _ *outputs.Env) { cfg.URLs = []string{a.URL, b.URL} })
	for _, e := range some(t, 10) {
		if _, err := o.Write(t.Context(), append(some(t, 0), e)); err != nil {
			t.Fatal(err)
		}
	}
	if a.count("_bulk") != 5 || b.count("_bulk") != 5 {
		t.Errorf("%d and %d requests", a.count("_bulk"), b.count("_bulk"))
	}
}

func TestFailingServersAreSetAside(t *testing.T) {
	for name, status := range map[string]int{"bad gateway": 502, "unavailable": 503, "down": 0} {
		bad, good := newFake(t), newFake(t)
		bad.before = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(status)
			return true
		}
		if status == 0 {
			bad.Server.Close()
		}
		o := good.output(func(cfg *Config, _ *outputs.Env) { cfg.URLs = []string{bad.URL, good.URL} })
		failed := 0
		for range 10 {
			if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
				failed++
			}
		}
		if failed != 1 || good.count("_bulk") != 9 {
			t.Errorf("%s: %d failed, %d arrived", name, failed, good.count("_bulk"))
		}
	}
}

func TestSetAsideLongerEachTime(t *testing.T) {
	s, err := newServers(Config{URLs: []string{"http://a", "http://b"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	chosen := func(after time.Duration) string {
		one, _, _, err := s.choose(now.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return one.url.Host
	}
	if got := chosen(0); got != "a" {
		t.Fatalf("got %s", got)
	}
	a, b := s.list[0], s.list[1]
	s.note(a, true)
	if first, second := chosen(0), chosen(0); first != "b" || second != "b" {
		t.Errorf("a was asked while aside: %s, %s", first, second)
	}
	if first, second := chosen(31*time.Second), chosen(31*time.Second); first == second {
		t.Errorf("only %s was asked afterwards", first)
	}
	s.note(a, true)
	s.note(b, true) // both are aside; b comes back first
	if first, second := chosen(0), chosen(0); first != "b" || second != "b" {
		t.Errorf("got %s, %s", first, second)
	}
	s.note(b, false)
	if b.failures != 0 || !b.aside.IsZero() {
		t.Error("a success did not end it")
	}
}

// A body must not be overwritten while the transport still reads it, as it may when a server answers early.
func TestBodiesAreNotReusedWhileRead(t *testing.T) {
	f := newFake(t)
	o := f.output(nil)
	w := o.borrow()
	w.body.begin()
	first := w.body.end()
	again, _ := first.(*payload).again()
	first.Close()
	first.Close()
	o.giveBack(w)
	if o.borrow() == w {
		t.Error("the memory was used again")
	}
	again.Close()
	o.giveBack(w)
	if o.borrow() != w {
		t.Error("the memory was not used again")
	}
}

func TestHugeMemoryIsLetGo(t *testing.T) {
	f := newFake(t)
	o := f.output(func(_ *Config, env *outputs.Env) { env.MaxBytes = 1 << 10 })
	w := o.borrow()
	w.encoder.line = make([]byte, 2<<20)
	o.giveBack(w)
	if o.borrow() == w {
		t.Error("2 MiB were kept for batches of 1 KiB")
	}
}

// A server that closes idle connections costs one attempt at most: no other dead connection is tried after it.
func TestConnectionClosedWhileIdle(t *testing.T) {
	f := newFake(t)
	o := f.output(nil)
	for round := range 20 {
		if _, err := o.Write(t.Context(), some(t, 1)); err != nil {
			if _, err = o.Write(t.Context(), some(t, 1)); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		f.CloseClientConnections()
	}
	if len(f.arrived()) != 1 {
		t.Errorf("%d arrived", len(f.arrived()))
	}
}

func TestEarlyRefusalOfALongBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge) // without reading, so that the connection is cut
	}))
	defer server.Close()
	o, _ := New(Config{URLs: []string{server.URL}, Index: "audit", Compression: "none"}, outputs.Env{Timeout: 10 * time.Second})
	defer o.Close()
	long := decode(t, at(fmt.Sprintf(`,"annotations":{"a":"%08388608d"}`, 0)))
	_, err := o.Write(t.Context(), append(some(t, 0), long))
	if _, faults := partial(t, err, 1); faults[0].Reason != tooLarge || !faults[0].Permanent {
		t.Errorf("got %v", err)
	}
}
