package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestOpenSearch ships a whole recorded log to OpenSearch: to a data stream in both formats, and to an index of every day. Each event
// is there once, none refused or trimmed, and what stands in flat_object fields is found.
func TestOpenSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads another server")
	}
	dir := newDir(t)
	server, err := backend.StartOpenSearch(t.Context(), dir)
	must(t, err)
	defer func() { report(server.Stop()) }()
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)

	at := func(name, index, pattern, stream string) (destination, *verify.Elasticsearch) {
		client, err := backend.Client("")
		must(t, err)
		reader := &verify.Elasticsearch{Client: client, URL: server.URL, Index: pattern}
		block := &agent.Elasticsearch{URLs: []string{server.URL}, Flavor: "opensearch", Index: index, DataStream: stream}
		return destination{agent.Output{Name: name, Elasticsearch: block}, reader.Deliveries}, reader
	}
	native, nativeReader := at("native", "", "logs-audit-native", "logs-audit-native")
	ecs, ecsReader := at("ecs", "", "logs-audit-ecs", "logs-audit-ecs")
	ecs.Format = "ecs"
	daily, _ := at("daily", "audit-%Y.%m.%d", "audit-*", "")
	config := openConfig(t, dir, filepath.Join(logs, "audit.log"), []destination{native, ecs, daily})
	must(t, start(t, config, "--once").Wait(t.Context()))

	checkExact(t, log, []destination{native, daily})
	checkECS(t, log, ecs)
	for _, index := range []*verify.Elasticsearch{nativeReader, ecsReader} {
		if n := count(t, index, `{"exists":{"field":"auditship.trimmed"}}`); n > 0 {
			t.Errorf("%s: %d events were refused as they were", index.Index, n)
		}
	}
	if n := count(t, nativeReader, `{"term":{"annotations.authorization.k8s.io/decision":"allow"}}`); n == 0 {
		t.Error("nothing in annotations is found")
	}
}

// openConfig is newConfig for a server that has no users.
func openConfig(t *testing.T, dir, path string, destinations []destination) *agent.Config {
	t.Helper()
	config, err := agent.New(dir, path, outputs(destinations)...)
	must(t, err)
	must(t, binary.Run(t.Context(), "setup", config))
	return config
}
