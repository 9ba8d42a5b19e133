package e2e_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/auditship/auditship/e2e/backend"
)

// The servers that tests share, each started when first needed. Every test writes to an index, stream and topic of its
// own.
var (
	elasticsearch *backend.Elasticsearch
	loki          *backend.Loki
	kafka         *backend.Kafka
)

func startServers(t *testing.T) {
	t.Helper()
	startLoki(t)
	startElasticsearch(t)
	startKafka(t)
}

func startKafka(t *testing.T) {
	t.Helper()
	if kafka != nil {
		return
	}
	started, err := backend.StartKafka(t.Context(), workDir)
	must(t, err)
	kafka = started // only now: one that did not start can't be stopped
}

func startElasticsearch(t *testing.T) {
	t.Helper()
	if elasticsearch != nil {
		return
	}
	started, err := backend.StartElasticsearch(t.Context(), workDir)
	must(t, err)
	elasticsearch = started
}

func startLoki(t *testing.T) {
	t.Helper()
	if loki != nil {
		return
	}
	started, err := backend.StartLoki(t.Context(), workDir)
	must(t, err)
	loki = started
}

func stopServers() {
	if elasticsearch != nil {
		report(elasticsearch.Stop())
	}
	if loki != nil {
		report(loki.Stop())
	}
	if kafka != nil {
		report(kafka.Stop())
	}
}

func report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
