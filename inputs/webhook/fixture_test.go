package webhook

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/disk"
	"github.com/auditship/auditship/agent/unit"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/inputs/spool"
	"github.com/auditship/auditship/outputs/credentials"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.cert, a.key = a.sign(template, nil, nil)
	a.write("ca.crt", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	a.must(err)
	cert, err := x509.ParseCertificate(der)
	a.must(err)
	return cert, key
}

// issue makes a certificate that is good for both sides.
func (a *authority) issue(name string) tls.Certificate {
	cert, key := a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name + ".example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, a.cert, a.key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	a.must(err)
	a.write(name+".crt", "CERTIFICATE", cert.Raw)
	a.write(name+".key", "PRIVATE KEY", der)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	a.must(os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) serverTLS() credentials.ServerTLS {
	return credentials.ServerTLS{CertFile: a.path("server.crt"), KeyFile: a.path("server.key"), ClientCAFile: a.path("ca.crt")}
}

// client is one that shows the certificate; nil: none.
func (a *authority) client(cert *tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	config := &tls.Config{RootCAs: roots}
	if cert != nil {
		config.Certificates = []tls.Certificate{*cert}
	}
	transport := &http.Transport{TLSClientConfig: config}
	a.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// protocols runs a test with clients of each.
func (a *authority) protocols(cert *tls.Certificate, test func(t *testing.T, client *http.Client)) {
	for name, two := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		a.t.Run(name, func(t *testing.T) {
			client := a.client(cert)
			client.Transport.(*http.Transport).ForceAttemptHTTP2 = two
			test(t, client)
		})
	}
}

// room is what the spool of an input may take, where a test says nothing else.
const room = 1 << 30

func newInput(t *testing.T, name string, cfg Config, maxBytes unit.Size) *Input {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	kept := spool.New(spool.Config{Dir: filepath.Join(t.TempDir(), name), MaxBytes: maxBytes}, disk.OS{}, quiet, func(string) {})
	return New(name, cfg, kept, quiet, func(string) {})
}

// serve runs inputs that share an address, until the test ends. It returns the address.
func serve(t *testing.T, ins ...*Input) string {
	t.Helper()
	if ins[0].server == nil {
		Share(ins, NewMemory(0), slog.New(slog.DiscardHandler))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, in := range ins {
		running.Go(func() {
			if err := in.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() { stop(); running.Wait() })
	for ins[0].Ready() != nil {
		runtime.Gosched()
	}
	return ins[0].server.address()
}

func post(t *testing.T, client *http.Client, url string, body []byte) int {
	t.Helper()
	answer, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if two := client.Transport.(*http.Transport).ForceAttemptHTTP2; two != (answer.ProtoMajor == 2) {
		t.Errorf("answered by %s", answer.Proto)
	}
	return answer.StatusCode
}

// stored are the records of an input.
func stored(t *testing.T, in *Input) (all [][]byte) {
	t.Helper()
	r, err := in.Open(inputs.Options{Pipeline: "in/out"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		rec, err := r.Next(ended)
		if errors.Is(err, context.Canceled) {
			return all
		}
		if err != nil || rec.Torn != "" {
			t.Fatal(err, rec.Torn)
		}
		all = append(all, bytes.Clone(rec.Data))
	}
}

// items are those of a list, as another reader sees them.
func items(t *testing.T, body []byte) (all []json.RawMessage) {
	t.Helper()
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func eventList(t *testing.T) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/eventlist.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}
