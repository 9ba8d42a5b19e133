package elasticsearch

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

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
