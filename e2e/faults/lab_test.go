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

// labs are those that no row uses at the moment. Rows of different labs run side by side.
var labs chan *lab

func openLabs(n int) error {
	labs = make(chan *lab, n)
	for i := range n {
		l := &lab{home: filepath.Join(workDir, fmt.Sprintf("lab-%d", i+1)), search: &Proxy{}, logs: &Proxy{}}
		if err := os.Mkdir(l.home, 0o755); err != nil {
			return err
		}
		labs <- l
	}
	return nil
}

// enterLab waits for a lab that is free until the row and all that it started have ended.
func enterLab(t *testing.T) *lab {
	t.Helper()
	l := <-labs
	t.Cleanup(func() { labs <- l })
	l.once.Do(func() { l.err = l.start(t.Context()) })
	must(t, l.err)
	return l
}

// closeLabs waits for all of them. What a failed start left behind ends with this process.
func closeLabs() (err error) {
	for range cap(labs) {
		if l := <-labs; l.kafka != nil && l.err == nil {
			err = errors.Join(err, l.elasticsearch.Stop(), l.loki.Stop(), l.kafka.stop(), l.search.Close(), l.logs.Close())
		}
	}
	return err
}

func (l *lab) start(ctx context.Context) (err error) {
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
