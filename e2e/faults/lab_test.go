package faults

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

// lab is a set of servers, each started once, and the proxies before them, for one row at a time. The agent knows the
// proxies only, the oracle the servers.
type lab struct {
	home string // directory of their files
	once sync.Once
	err  error // of the start

	elasticsearch *backend.Elasticsearch
	loki          *backend.Loki
	kafka         *cluster
	search        *Proxy // speaks TLS to both sides, and wants a certificate of the agent
	logs          *Proxy

	authority          *CA
	clientCert         string // the agent's certificate
	clientKey, agentCA string
}

func openLab(name string) (*lab, error) {
	l := &lab{home: filepath.Join(workDir, name), search: &Proxy{}, logs: &Proxy{}}
	return l, os.Mkdir(l.home, 0o755)
}

// enter starts the servers, should nobody have done that before.
func (l *lab) enter(t *testing.T) *lab {
	t.Helper()
	l.once.Do(func() { l.err = l.start(t.Context()) })
	must(t, l.err)
	return l
}

// close ends what enter started. What a failed start left behind ends with this process.
func (l *lab) close() error {
	if l.kafka == nil || l.err != nil {
		return nil
	}
	return errors.Join(l.elasticsearch.Stop(), l.loki.Stop(), l.kafka.stop(), l.search.Close(), l.logs.Close())
}

var starting sync.Mutex // one lab after the other, so that the first begins soon

func (l *lab) start(ctx context.Context) (err error) {
	starting.Lock()
	defer starting.Unlock()
	if l.elasticsearch, err = backend.StartElasticsearch(ctx, l.home); err != nil {
		return err
	}
	if l.loki, err = backend.StartLoki(ctx, l.home); err != nil {
		return err
	}
	if l.kafka, err = startCluster(ctx, l.home); err != nil {
		return err
	}
	l.logs.Dial = dialer(strings.TrimPrefix(l.loki.URL, "http://"))
	return errors.Join(listen(l.logs), l.makeCertificates(), l.listenBeforeElasticsearch())
}

func (l *lab) makeCertificates() (err error) {
	l.agentCA = filepath.Join(l.home, "ca.crt")
	l.clientCert, l.clientKey = filepath.Join(l.home, "client.crt"), filepath.Join(l.home, "client.key")
	if l.authority, err = NewCA(l.agentCA); err != nil {
		return err
	}
	return l.authority.Issue(l.clientCert, l.clientKey, time.Now().Add(time.Hour*12))
}

func (l *lab) listenBeforeElasticsearch() error {
	cert, key := filepath.Join(l.home, "proxy.crt"), filepath.Join(l.home, "proxy.key")
	if err := l.authority.Issue(cert, key, time.Now().Add(time.Hour*12)); err != nil {
		return err
	}
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	front := &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: l.authority.Pool()}
	l.search.Front = func(c net.Conn) net.Conn { return tls.Server(c, front) }
	pem, err := os.ReadFile(l.elasticsearch.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	address := strings.TrimPrefix(l.elasticsearch.URL, "https://")
	l.search.Dial = func() (net.Conn, error) { return tls.Dial("tcp", address, &tls.Config{RootCAs: roots}) }
	return listen(l.search)
}
