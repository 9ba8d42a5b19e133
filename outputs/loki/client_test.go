package loki

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

func file(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lastHeader of a request that o makes.
func lastHeader(t *testing.T, s *server, o *Output) http.Header {
	t.Helper()
	mustWrite(t, o, at(t, "2026-11-22T11:00:00Z"))
	return s.headers[len(s.headers)-1]
}

func TestTenantAndPassword(t *testing.T) {
	s := start(t)
	path := filepath.Join(t.TempDir(), "password")
	file(t, path, "first\n")
	o := s.output(t, func(c *Config) { c.Tenant, c.Username, c.PasswordFile = "team-a", "jane", path })
	for _, password := range []string{"first", "another"} {
		file(t, path, password+"\n")
		h := lastHeader(t, s, o)
		r := http.Request{Header: h}
		if user, got, _ := r.BasicAuth(); user != "jane" || got != password || h.Get("X-Scope-OrgID") != "team-a" {
			t.Errorf("got %q, %q, %v", user, got, h)
		}
	}
}

func TestToken(t *testing.T) {
	s := start(t)
	h := lastHeader(t, s, s.output(t, func(c *Config) { c.BearerToken = "abc" }))
	if got := h.Get("Authorization"); got != "Bearer abc" {
		t.Errorf("got %q", got)
	}
	if h = lastHeader(t, s, s.output(t)); h["Authorization"] != nil || h["X-Scope-Orgid"] != nil {
		t.Errorf("got %v", h)
	}
}

// The password would go to whatever the server names.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	s := start(t)
	s.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		return true
	}
	_, err := s.output(t).Write(t.Context(), at(t, "2026-11-22T11:00:00Z"))
	if f := outputs.FaultOf(err); f.Reason != "unexpected_answer" || !f.Blocked {
		t.Errorf("got %v", err)
	}
}

func TestMissingSecretIsAnAlarm(t *testing.T) {
	s := start(t)
	for name, change := range map[string]func(*Config){
		"password": func(c *Config) { c.Username, c.PasswordFile = "u", "testdata/absent" },
		"token":    func(c *Config) { c.BearerTokenFile = "testdata/absent" },
		"ca":       func(c *Config) { c.TLS = &credentials.TLS{CAFile: "testdata/absent"} },
	} {
		o := s.output(t, change)
		_, err := o.Write(t.Context(), at(t, "2026-11-22T11:00:00Z"))
		if f := outputs.FaultOf(err); f.Reason != "credentials" || !f.Blocked || o.unrest.on {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestUnknownServerIsRefused(t *testing.T) {
	s := &server{t: t}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Server.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	_, err := s.output(t).Write(t.Context(), at(t, "2026-11-22T11:00:00Z"))
	if f := outputs.FaultOf(err); f.Reason != "unreachable" {
		t.Errorf("got %v", err)
	}
	if len(s.headers) > 0 {
		t.Error("it was sent something")
	}
}
