package kubeadm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Host is the node that the process runs on. It needs /proc of the node, so not that of a pod without hostPID.
type Host struct {
	livez     string
	client    *http.Client
	proc, log string // /proc and /var/log/pods
}

// NewHost looks at the API server of a manifest. livez is where; empty: where kubelet's probe asks. read reads a file of the
// node.
func NewHost(m *Manifest, livez string, read func(name string) ([]byte, error)) (*Host, error) {
	h := &Host{livez: livez, proc: "/proc", log: "/var/log/pods"}
	if livez == "" {
		h.livez = m.livez()
	}
	at, err := url.Parse(h.livez)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return nil, fmt.Errorf("--livez %q is no URL: give one like https://127.0.0.1:6443/livez", h.livez)
	}
	roots, known := m.roots(read)
	if !known && at.Scheme == "https" {
		return nil, errors.New("neither the certificate authority (--client-ca-file) nor the certificate (--tls-cert-file) of the API server can be read: it could not be told whether it comes back")
	}
	h.client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   trusting(roots),
		DisableKeepAlives: true, // an old connection would tell of the old process
		DialContext:       (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
	}}
	return h, nil
}

// livez is where kubelet's probe asks. kubeadm names the port since 1.34 ("probe-port"); a probe without a host is of the pod's
// address, which is the node's (hostNetwork).
func (m *Manifest) livez() string {
	c := m.server()
	for _, p := range []*probe{c.Liveness, c.Startup} {
		if p == nil || p.Get == nil {
			continue
		}
		port := p.Get.Port
		for _, named := range c.Ports {
			if named.Name == port {
				port = strconv.Itoa(named.Port)
			}
		}
		host := p.Get.Host
		if host == "" {
			host = "127.0.0.1"
		}
		scheme := "http"
		if strings.EqualFold(p.Get.Scheme, "https") {
			scheme = "https"
		}
		return scheme + "://" + net.JoinHostPort(host, port) + "/livez"
	}
	port := "6443"
	if f, there := lastOf(m.flags(), "secure-port"); there {
		port = f.value
	}
	return "https://127.0.0.1:" + port + "/livez"
}

// roots are what the API server's certificate is checked against: the cluster's certificate authority, and its own
// certificate, which may be somebody else's.
func (m *Manifest) roots(read func(string) ([]byte, error)) (pool *x509.CertPool, known bool) {
	pool = x509.NewCertPool()
	for _, name := range []string{"client-ca-file", "tls-cert-file"} {
		f, there := lastOf(m.flags(), name)
		if !there {
			continue
		}
		if text, err := read(m.locate(f.value).host); err == nil {
			known = pool.AppendCertsFromPEM(text) || known
		}
	}
	return pool, known
}

// trusting checks the certificate but for its name: the address is the node's own, taken from its manifest, and kubeadm's
// certificate need not have it (127.0.0.1 is not among its names).
func trusting(roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // the name; the chain is checked below
		VerifyConnection: func(state tls.ConnectionState) error {
			between := x509.NewCertPool()
			for _, c := range state.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
			return err
		},
	}
}

// Live asks /livez. Nothing of the answer but its code is read.
func (h *Host) Live(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.livez, nil)
	if err != nil {
		return 0, err
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
