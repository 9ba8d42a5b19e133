package webhook

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestCertificatesFollowTheirFiles: a new CA shuts the clients of the old one out, without a restart, and from connections that are open,
// too; broken files change nothing.
func TestCertificatesFollowTheirFiles(t *testing.T) {
	a, next := newAuthority(t), newAuthority(t)
	a.issue("server")
	old, young := a.issue("old"), next.issue("young")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	url := "https://" + serve(t, in) + "/"
	connected := a.client(&old)
	if code := post(t, connected, url, listOf(`{"a":1}`)); code != 200 {
		t.Fatalf("got %d", code)
	}
	a.must(os.WriteFile(a.path("ca.crt"), []byte("broken"), 0o600))
	for _, client := range []*http.Client{connected, a.client(&old)} {
		if code := post(t, client, url, listOf(`{"a":2}`)); code != 200 {
			t.Fatalf("with a broken CA file: %d", code)
		}
	}
	pem, err := os.ReadFile(next.path("ca.crt"))
	a.must(err)
	a.must(os.WriteFile(a.path("ca.crt"), pem, 0o600))
	if code := post(t, a.client(&young), url, listOf(`{"a":3}`)); code != 200 {
		t.Fatalf("a client of the new CA: %d", code)
	}
	if code := post(t, connected, url, listOf(`{"a":4}`)); code != 503 {
		t.Errorf("an open connection of a client of the old CA: %d", code)
	}
	for _, client := range []*http.Client{connected, a.client(&old)} {
		if answer, err := client.Post(url, "application/json", bytes.NewReader(listOf())); err == nil {
			answer.Body.Close()
			t.Errorf("a client of the old CA got %s", answer.Status)
		}
	}
	if got := stored(t, in); len(got) != 3 {
		t.Errorf("%d events are stored: %q", len(got), got)
	}
}

// TestExpired: a connection does not outlive the certificate that opened it.
func TestExpired(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cert := a.issue("apiserver")
	in := newInput(t, "api", Config{Listen: "127.0.0.1:0", TLS: a.serverTLS()}, room)
	serve(t, in)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	a.must(err)
	open := &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf, a.cert}}}
	if who := in.server.tls; !who.Admits(open, time.Now()) || who.Admits(open, leaf.NotAfter.Add(time.Second)) || who.Admits(&tls.ConnectionState{}, time.Now()) {
		t.Error("the time of a certificate does not count")
	}
}
