package credentials

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzSecret takes anything for a file with a password: it is read as it is but for white space around it, or not at all.
func FuzzSecret(f *testing.F) {
	for _, seed := range []string{"", "x", "x\n", "\r\n x y \t\n", "\xef\xbb\xbfx", "a\nb", "\x00", strings.Repeat("x", maxFile), strings.Repeat("x", maxFile+1)} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "secret")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := NewSecret("", path).Value()
		if err == nil && got != strings.TrimSpace(string(content)) || (err == nil) != (len(content) <= maxFile) {
			t.Errorf("%q is read as %q, %v", content[:min(len(content), 99)], got, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxx") {
			t.Errorf("%v repeats it", err)
		}
	})
}

// FuzzTLS takes anything for certificates and keys.
func FuzzTLS(f *testing.F) {
	dir := f.TempDir()
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte(""), []byte("\x00"))
	f.Fuzz(func(t *testing.T, certificate, key []byte) {
		from := TLS{CAFile: filepath.Join(dir, "ca"), CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
		for path, content := range map[string][]byte{from.CAFile: certificate, from.CertFile: certificate, from.KeyFile: key} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config, err := NewClient(&from).Config()
		if err == nil && (config.RootCAs == nil || len(config.Certificates) != 1 || config.InsecureSkipVerify) {
			t.Errorf("%q and %q are taken for %+v", certificate, key, config)
		}
		if err != nil && len(key) > 20 && strings.Contains(err.Error(), string(key)) {
			t.Errorf("%v repeats the key", err)
		}
	})
}
