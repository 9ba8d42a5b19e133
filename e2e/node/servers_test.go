package node_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// lab is a node, and the servers beside it.
type lab struct {
	*backend.Node
	dir           string
	elasticsearch *backend.Elasticsearch
	kafka         *backend.Kafka
	loki          *backend.Loki
}

const (
	index = "audit-node"
	topic = "audit-node"
)

// startLab starts everything side by side: each takes its time.
func startLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{dir: newDir(t)}
	t.Setenv("KAFKA_SASL_SSL_HOST", "10.231.0.1")
	var starting sync.WaitGroup
	var errs [4]error
	starting.Go(func() { l.Node, errs[0] = backend.StartNode(t.Context(), l.dir) })
	starting.Go(func() { l.elasticsearch, errs[1] = backend.StartElasticsearch(t.Context(), l.dir) })
	starting.Go(func() { l.kafka, errs[2] = backend.StartKafka(t.Context(), l.dir) })
	starting.Go(func() { l.loki, errs[3] = backend.StartLoki(t.Context(), l.dir) })
	starting.Wait()
	t.Cleanup(func() {
		if errs[0] == nil {
			l.explain(t)
			must(t, l.Node.Stop())
		}
		if errs[1] == nil {
			must(t, l.elasticsearch.Stop())
		}
		if errs[2] == nil {
			must(t, l.kafka.Stop())
		}
		if errs[3] == nil {
			must(t, l.loki.Stop())
		}
	})
	must(t, errors.Join(errs[:]...))
	for _, server := range []string{l.elasticsearch.URL, l.kafka.SASLTLS, l.loki.URL} {
		l.forward(t, server[strings.LastIndexByte(server, '/')+1:])
	}
	return l
}

// explain keeps what the agent and kubelet say, if the test has failed.
func (l *lab) explain(t *testing.T) {
	if !t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, args := range map[string][]string{
		"agent.log": {"-n", "auditship", "logs", "daemonset/auditship"}, "agent-before.log": {"-n", "auditship", "logs", "-p", "daemonset/auditship"},
		"pods.txt": {"describe", "pods", "-A"}, "events.txt": {"get", "events", "-A"},
	} {
		out, err := l.Kubectl(ctx, args...)
		l.write(t, name, fmt.Sprint(out, "\n", err))
	}
	if dump, err := l.Exec(ctx, "sh", "-c", "tail -n 100 /var/log/pods/auditship_*/*/*.log; tail -n 200 /var/log/kubelet.log"); err == nil {
		l.write(t, "node-logs.txt", dump)
	}
}

// forward makes a server of this machine's loopback reachable from pods, at the same port of the node's network.
func (l *lab) forward(t *testing.T, server string) {
	t.Helper()
	_, port, err := net.SplitHostPort(server)
	must(t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(l.Host, port))
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(client, server)
		}
	}()
}

func relay(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// certificates are what the agent trusts: those of both servers' authorities.
func (l *lab) certificates(t *testing.T) []byte {
	t.Helper()
	var all []byte
	for _, file := range []string{l.elasticsearch.CAFile, l.kafka.CAFile} {
		pem, err := os.ReadFile(file)
		must(t, err)
		all = append(all, pem...)
	}
	return all
}

// indexed are the documents of the indices or the data stream of a name.
func (l *lab) indexed(t *testing.T, name string) verify.Deliveries {
	t.Helper()
	client, err := backend.Client(l.elasticsearch.CAFile)
	must(t, err)
	reader := &verify.Elasticsearch{Client: client, URL: l.elasticsearch.URL, Index: name, User: backend.ElasticAdmin, Password: backend.ElasticAdminPassword}
	return reader.Deliveries(t.Context())
}

// logged are the entries of Loki up to a while from now.
func (l *lab) logged(t *testing.T) verify.Deliveries {
	now := time.Now()
	reader := &verify.Loki{Client: http.DefaultClient, URL: l.loki.URL, Selector: `{job="kubernetes-audit"}`, From: now.Add(-time.Hour), To: now.Add(patience)}
	return reader.Deliveries(t.Context())
}

func (l *lab) published(ctx context.Context) verify.Deliveries {
	return (&verify.Kafka{Broker: l.kafka.Plain, Topic: topic}).Deliveries(ctx)
}
