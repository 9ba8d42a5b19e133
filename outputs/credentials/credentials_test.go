package credentials

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSecretFollowsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	secret := NewSecret("", path)
	if _, err := secret.Value(); err == nil {
		t.Fatal("a missing file gave no error")
	}
	for _, want := range []string{"first", "second, of another length"} {
		write(t, path, want+"\n")
		if got, err := secret.Value(); err != nil || got != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got, err := secret.Value(); err != nil || got != "second, of another length" {
		t.Fatalf("after removal: %q, %v; want the value before", got, err)
	}
}

func TestSecretFromConfiguration(t *testing.T) {
	if got, err := NewSecret("plain", "").Value(); err != nil || got != "plain" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestClientFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.crt")
	client := NewClient(&TLS{CAFile: ca})
	if _, err := client.Config(); err == nil {
		t.Fatal("a missing ca_file gave no error")
	}
	write(t, ca, "no certificate")
	if _, err := client.Config(); err == nil {
		t.Fatal("a ca_file without a certificate gave no error")
	}
	write(t, ca, certificate(t))
	first, err := client.Config()
	if err != nil || first.RootCAs == nil || first.InsecureSkipVerify {
		t.Fatalf("got %+v, %v", first, err)
	}
	if again, _ := client.Config(); again != first {
		t.Fatal("the configuration changed without the file")
	}
	write(t, ca, certificate(t)+"\n")
	if changed, err := client.Config(); err != nil || changed == first {
		t.Fatalf("the configuration did not change with the file: %v", err)
	}
	write(t, ca, "broken")
	if kept, err := client.Config(); err != nil || kept == nil {
		t.Fatalf("a broken file replaced a good configuration: %v", err)
	}
}

func TestValidateWantsBothHalves(t *testing.T) {
	var got []string
	report := func(path, problem string) { got = append(got, path) }
	(&TLS{CertFile: "a"}).Validate(report)
	(&TLS{KeyFile: "a"}).Validate(report)
	(*TLS)(nil).Validate(report)
	if len(got) != 2 || got[0] != "cert_file" || got[1] != "key_file" {
		t.Fatalf("got %v", got)
	}
}

func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestValidateSecrets(t *testing.T) {
	for _, test := range []struct{ username, password, passwordFile, token, tokenFile, want string }{
		{},
		{username: "u", password: "p"},
		{username: "u", passwordFile: "f"},
		{username: "u", password: "p", passwordFile: "f", want: "password_file: give either password or password_file, not both"},
		{username: "u", want: "username: needs password_file or password beside it"},
		{password: "p", want: "username: is missing: password and password_file need it"},
		{passwordFile: "f", want: "username: is missing: password and password_file need it"},
		{token: "t"},
		{tokenFile: "f"},
		{token: "t", tokenFile: "f", want: "api_key_file: give either api_key or api_key_file, not both"},
		{username: "u", password: "p", tokenFile: "f", want: "api_key: give either an API key or username and password, not both"},
		{passwordFile: "f", token: "t", want: "api_key: give either an API key or username and password, not both" +
			"; username: is missing: password and password_file need it"},
	} {
		var got []string
		Token{Key: "api_key", Noun: "an API key", Value: test.token, File: test.tokenFile}.Validate(
			Basic{test.username, test.password, test.passwordFile}, func(path, problem string) { got = append(got, path+": "+problem) })
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

// What is no file is refused, and never waited for.
func TestSecretIsAFile(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, "/dev/zero", t.TempDir()} {
		if got, err := NewSecret("", path).Value(); err == nil {
			t.Errorf("%s: read %q", path, got)
		}
		if _, err := NewClient(&TLS{CAFile: path}).Config(); err == nil {
			t.Errorf("%s is taken for a CA", path)
		}
		if _, err := NewClient(&TLS{CertFile: path, KeyFile: path}).Config(); err == nil {
			t.Errorf("%s is taken for a certificate", path)
		}
	}
}
