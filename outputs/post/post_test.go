package post

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

func secret(value string) *credentials.Secret { return credentials.NewSecret(value, "") }

// heard is a server that keeps the last request.
func heard(t *testing.T, status int) (*httptest.Server, *http.Request) {
	t.Helper()
	last := new(http.Request)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*last = *r
		w.Header().Set("Retry-After", "12")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("what it says"))
	}))
	t.Cleanup(s.Close)
	return s, last
}

func caOf(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPost(t *testing.T) {
	s, last := heard(t, http.StatusTooManyRequests)
	c := New(Config{URL: s.URL, Header: http.Header{"X-All": {"1"}}, Password: secret(""), Token: secret("abc"), Scheme: "Splunk", TLS: &credentials.TLS{CAFile: caOf(t, s)}})
	defer c.Close()
	a, err := c.Post(t.Context(), []byte("body"), http.Header{"X-Own": {"2"}})
	if err != nil || a.Status != 429 || string(a.Text) != "what it says" || a.RetryAfter != 12*time.Second || a.Date.IsZero() {
		t.Fatalf("got %+v, %v", a, err)
	}
	if h := last.Header; h.Get("X-All") != "1" || h.Get("X-Own") != "2" || h.Get("Authorization") != "Splunk abc" || last.ContentLength != 4 {
		t.Errorf("sent %v", h)
	}
}

// A certificate that is replaced while the client lives is used for the next request.
func TestTLSFollowsItsFiles(t *testing.T) {
	s, _ := heard(t, http.StatusOK)
	ca := caOf(t, s)
	c := New(Config{URL: s.URL, Password: secret(""), Token: secret(""), TLS: &credentials.TLS{CAFile: ca}})
	defer c.Close()
	ask := func() http.RoundTripper {
		t.Helper()
		if _, err := c.Post(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		return c.http.Transport
	}
	before := ask()
	if ask() != before {
		t.Error("a new transport without need")
	}
	pems, err := os.ReadFile(ca)
	if err == nil {
		err = os.WriteFile(ca, append([]byte("\n\n"), pems...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if ask() == before {
		t.Error("the old transport stays in use")
	}
}

func TestUnreachable(t *testing.T) {
	s, _ := heard(t, http.StatusOK)
	c := New(Config{URL: s.URL, Password: secret(""), Token: secret("")})
	defer c.Close()
	a, err := c.Post(t.Context(), nil, nil) // its certificate is nobody's
	if f := outputs.FaultOf(err); a.Sent || f.Reason != "unreachable" || f.Permanent || f.Blocked {
		t.Errorf("got %v", err)
	}
}

// TestSentOnce: a request to which there is no answer was sent, once only: net/http, which sends some again by itself, does not do so.
func TestSentOnce(t *testing.T) {
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer s.Close()
	c := New(Config{URL: s.URL, Password: secret(""), Token: secret("")})
	defer c.Close()
	for want := int32(1); want < 3; want++ {
		a, err := c.Post(t.Context(), []byte("body"), http.Header{"Idempotency-Key": {"k"}})
		if !a.Sent || requests.Load() != want || (err != nil) != (want == 2) {
			t.Errorf("request %d: %+v, %v; %d arrived", want, a, err, requests.Load())
		}
	}
}

// TestDeadConnection: a connection of HTTP/2 on which no answer came is not used again.
func TestDeadConnection(t *testing.T) {
	var connections, requests atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		if requests.Add(1) == 2 {
			<-r.Context().Done()
		}
	}))
	s.EnableHTTP2 = true
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	c := New(Config{URL: s.URL, Password: secret(""), Token: secret(""), TLS: &credentials.TLS{CAFile: caOf(t, s)}})
	defer c.Close()
	for n, want := range []int32{1, 1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		if n == 1 {
			go func() {
				for requests.Load() < 2 {
					runtime.Gosched()
				}
				cancel()
			}()
		}
		_, err := c.Post(ctx, []byte("body"), nil)
		if cancel(); (err != nil) != (n == 1) || connections.Load() != want {
			t.Errorf("request %d: %v; %d connections", n, err, connections.Load())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-1": 0, "12": 12 * time.Second, "999999": time.Hour, "soon": 0,
		"Sun, 22 Nov 2026 11:00:30 GMT": 30 * time.Second,
		"Sun, 22 Nov 2026 10:00:30 GMT": 0,
		"Wed, 22 Nov 2028 10:00:30 GMT": time.Hour,
	} {
		if got := RetryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// FuzzRetryAfter takes anything for a header: a pause is never negative, nor longer than an hour.
func FuzzRetryAfter(f *testing.F) {
	f.Add("5")
	f.Add("Sun, 22 Nov 2026 11:00:30 GMT")
	f.Fuzz(func(t *testing.T, value string) {
		if got := RetryAfter(value, time.Time{}); got < 0 || got > time.Hour {
			t.Errorf("%q: %v", value, got)
		}
	})
}
