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
	if kafka == nil {
		var err error
		kafka, err = backend.StartKafka(t.Context(), workDir)
		must(t, err)
	}
}

func startElasticsearch(t *testing.T) {
	t.Helper()
	if elasticsearch != nil {
		return
	}
	var err error
	elasticsearch, err = backend.StartElasticsearch(t.Context(), workDir)
	must(t, err)
}

func startLoki(t *testing.T) {
	t.Helper()
	if loki != nil {
		return
	}
	var err error
	loki, err = backend.StartLoki(t.Context(), workDir)
	must(t, err)
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
