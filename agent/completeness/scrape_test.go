package completeness

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/outputs/credentials"
)

func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, Config) {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = discard
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return server, Config{URL: server.URL + "/metrics", TLS: &credentials.TLS{CAFile: ca}}
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

func TestScrape(t *testing.T) {
	var got *http.Request
	var began time.Time
	_, cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		began, got = time.Now(), r
		io.WriteString(w, real(t))
	})
	cfg.Token = "secret"
	s, err := newClient(cfg).scrape(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.events != 415 || s.started != 1.79537148169e+09 || s.from.After(began) || s.to.Before(began) {
		t.Errorf("got %+v, began %v", s, began)
	}
	if got.Header.Get("Audit-ID") != s.id || got.Header.Get("Authorization") != "Bearer secret" || got.Method != http.MethodGet || got.URL.Path != "/metrics" {
		t.Errorf("asked %+v", got)
	}
}

// The window is that of the handler, not that of the connection or of a long answer.
func TestScrapeWindow(t *testing.T) {
	var first time.Time
	_, cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, minimal)
		w.(http.Flusher).Flush()
		first = time.Now()
		io.WriteString(w, strings.Repeat("some_other_metric 1\n", 1<<17))
	})
	s, err := newClient(cfg).scrape(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.events != 3 || s.to.Sub(s.from) > 10*time.Second || first.Before(s.from) {
		t.Errorf("got %+v, first byte %v", s, first)
	}
}

func TestScrapeNewIDAndConnectionEachTime(t *testing.T) {
	peers, ids := map[string]bool{}, map[string]bool{}
	_, cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		peers[r.RemoteAddr], ids[r.Header.Get("Audit-ID")] = true, true
		io.WriteString(w, minimal)
	})
	c := newClient(cfg)
	for range 3 {
		if _, err := c.scrape(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(peers) != 3 || len(ids) != 3 {
		t.Errorf("3 scrapes from %d connections with %d IDs", len(peers), len(ids))
	}
}

func TestScrapeFails(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "User \"mallory\" cannot", code) }
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		change  func(*Config)
		reason  string
	}{
		"401": {handler: status(401), reason: "unauthorized"},
		"403": {handler: status(403), reason: "forbidden"},
		"404": {handler: status(404), reason: "refused"},
		"503": {handler: status(503), reason: "refused"},
		"redirect": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://127.0.0.1:1/", http.StatusFound)
		}, reason: "refused"},
		"metric missing": {handler: answer("up 1\n"), reason: "metric_missing"},
		"no metrics":     {handler: answer("{\"a\": 1}"), reason: "metric_missing"},
		"nonsense":       {handler: answer(eventMetric + " three\n" + startMetric + " 1\n"), reason: "unreadable_answer"},
		"huge":           {handler: answer(strings.Repeat(errorMetric+`{plugin="x"} 1`+"\n", 1<<15)), reason: "unreadable_answer"},
		"torn answer": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			io.WriteString(w, minimal)
		}, reason: "unreachable"},
		"hung up":         {handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, reason: "unreachable"},
		"unknown CA":      {handler: answer(minimal), change: func(c *Config) { c.TLS = nil }, reason: "certificate"},
		"another name":    {handler: answer(minimal), change: func(c *Config) { c.TLS.ServerName = "other.test" }, reason: "certificate"},
		"no CA file":      {handler: answer(minimal), change: func(c *Config) { c.TLS.CAFile = "/nowhere/ca.crt" }, reason: "credentials"},
		"no token file":   {handler: answer(minimal), change: func(c *Config) { c.TokenFile = "/nowhere/token" }, reason: "credentials"},
		"nobody there":    {handler: answer(minimal), change: func(c *Config) { c.URL = "https://127.0.0.1:1/metrics" }, reason: "unreachable"},
		"plain HTTP":      {handler: answer(minimal), change: func(c *Config) { c.URL = strings.Replace(c.URL, "https", "http", 1) }, reason: "refused"},
		"TLS is verified": {handler: answer(minimal), change: func(c *Config) { c.TLS.InsecureSkipVerify = true }, reason: ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, cfg := serve(t, test.handler)
			if test.change != nil {
				test.change(&cfg)
			}
			_, err := newClient(cfg).scrape(t.Context())
			wantFault(t, err, test.reason)
		})
	}
}

func wantFault(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var f *fault
	if !errors.As(err, &f) || f.reason != reason {
		t.Fatalf("got %v, want %s", err, reason)
	}
	for _, secret := range []string{"mallory", "127.0.0.1:1/"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats what it was told: %v", err)
		}
	}
}

func TestScrapeIsGivenUp(t *testing.T) {
	asked, done := make(chan bool), make(chan bool)
	_, cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, eventMetric+" 3\n")
		w.(http.Flusher).Flush() // an answer that begins, and then takes for ever
		close(asked)
		<-done
	})
	defer close(done)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-asked; cancel(context.DeadlineExceeded) }()
	_, err := newClient(cfg).scrape(ctx)
	if err == nil {
		t.Error("got an answer")
	}
	late, cancelLate := context.WithDeadline(t.Context(), time.Now())
	defer cancelLate()
	_, err = newClient(cfg).scrape(late)
	wantFault(t, err, "timeout")
}

func TestScrapeTakesNewToken(t *testing.T) {
	_, cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer second" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, minimal)
	})
	cfg.TokenFile = filepath.Join(t.TempDir(), "token")
	c := newClient(cfg)
	if err := os.WriteFile(cfg.TokenFile, []byte("first, and longer\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := c.scrape(t.Context())
	wantFault(t, err, "unauthorized")
	if err := os.WriteFile(cfg.TokenFile, []byte("second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.scrape(t.Context()); err != nil {
		t.Error(err)
	}
}

var discard = log.New(io.Discard, "", 0)
