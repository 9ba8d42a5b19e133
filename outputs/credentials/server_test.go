package credentials

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestServerWantsAllFiles(t *testing.T) {
	for name, c := range map[string]struct {
		from ServerTLS
		want []string
	}{
		"nothing":         {ServerTLS{}, []string{"cert_file", "key_file", "client_ca_file"}},
		"all":             {ServerTLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca"}, nil},
		"anonymous":       {ServerTLS{CertFile: "c", KeyFile: "k", ClientCertificates: "none"}, nil},
		"anonymous, a CA": {ServerTLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca", ClientCertificates: "none"}, []string{"client_ca_file"}},
		"odd":             {ServerTLS{CertFile: "c", KeyFile: "k", ClientCertificates: "optional"}, []string{"client_certificates"}},
	} {
		var got []string
		c.from.Validate(func(path, _ string) { got = append(got, path) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestServerNeedsItsFiles(t *testing.T) {
	dir := t.TempDir()
	cert := filepath.Join(dir, "tls.crt")
	from := ServerTLS{CertFile: cert, KeyFile: cert, ClientCAFile: cert}
	failed := func(err error) { t.Errorf("told %v", err) }
	if _, err := NewServer(from).Config(failed); err == nil {
		t.Error("missing files gave no error")
	}
	write(t, cert, certificate(t)) // no key in it
	if _, err := NewServer(from).Config(failed); err == nil {
		t.Error("a missing key gave no error")
	}
}
