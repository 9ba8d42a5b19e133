package faults

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

// The servers, each started once, and the proxies before them. The agent knows the proxies only, the oracle the servers.
var (
	elasticsearch *backend.Elasticsearch
	loki          *backend.Loki
	kafka         *cluster

	search = &Proxy{} // speaks TLS to both sides, and wants a certificate of the agent
	logs   = &Proxy{}

	authority          *CA
	clientCert         string // the agent's certificate
	clientKey, agentCA string
)

func startServers(t *testing.T) {
	t.Helper()
	if elasticsearch != nil {
		return
	}
	var err error
	elasticsearch, err = backend.StartElasticsearch(t.Context(), workDir)
	must(t, err)
	loki, err = backend.StartLoki(t.Context(), workDir)
	must(t, err)
	kafka, err = startCluster(t.Context(), workDir)
	must(t, err)
	must(t, makeCertificates())
	must(t, listenBeforeElasticsearch())
	logs.Dial = dialer(strings.TrimPrefix(loki.URL, "http://"))
	must(t, listen(logs))
}

func stopServers() error {
	if elasticsearch == nil || loki == nil || kafka == nil {
		return nil // what was started ends with this process
	}
	return errors.Join(elasticsearch.Stop(), loki.Stop(), kafka.stop(), search.Close(), logs.Close())
}

func makeCertificates() (err error) {
	agentCA = filepath.Join(workDir, "ca.crt")
	clientCert, clientKey = filepath.Join(workDir, "client.crt"), filepath.Join(workDir, "client.key")
	if authority, err = NewCA(agentCA); err != nil {
		return err
	}
	return authority.Issue(clientCert, clientKey, time.Now().Add(time.Hour*12))
}

func listenBeforeElasticsearch() error {
	cert, key := filepath.Join(workDir, "proxy.crt"), filepath.Join(workDir, "proxy.key")
	if err := authority.Issue(cert, key, time.Now().Add(time.Hour*12)); err != nil {
		return err
	}
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	front := &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool()}
	search.Front = func(c net.Conn) net.Conn { return tls.Server(c, front) }
	pem, err := os.ReadFile(elasticsearch.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	address := strings.TrimPrefix(elasticsearch.URL, "https://")
	search.Dial = func() (net.Conn, error) { return tls.Dial("tcp", address, &tls.Config{RootCAs: roots}) }
	return listen(search)
}

func dialer(address string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.DialTimeout("tcp", address, 2*time.Second) }
}

func listen(p *Proxy) error {
	port, err := backend.Ports(1)
	if err != nil {
		return err
	}
	return p.Listen(fmt.Sprintf("127.0.0.1:%d", port))
}

// Address is where clients connect to.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// restart starts a server again that was stopped or killed, with other settings of its start script if there are any.
func restart(ctx context.Context, p **backend.Process, settings ...string) error {
	spec := (*p).Spec
	spec.Env = append(append([]string(nil), spec.Env...), settings...)
	again, err := backend.Start(ctx, spec)
	if err == nil {
		again.Env = (*p).Env
		*p = again
	}
	return err
}
