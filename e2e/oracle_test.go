package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/rivals"
	"github.com/auditship/auditship/e2e/verify"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestOracle writes to the servers without the agent, and has the oracle find what is missing and what is doubled: else
// the other tests would prove nothing.
func TestOracle(t *testing.T) {
	startServers(t)
	lines := generator(t, 6)
	var log verify.Log
	var written [][]byte
	for log.Len() < 3000 {
		line := bytes.TrimSuffix(lines.Append(nil, time.Now()), []byte{'\n'})
		if len(line) > 100<<10 { // more than Loki takes
			continue
		}
		log.Add(line)
		written = append(written, ship(line))
	}
	written = append(written[1:], written[len(written)-1]) // the first is missing, the last is doubled
	search, logs, bus := toIndices(t, "oracle"), lokiReader(t, "oracle"), toKafka("oracle")
	t.Run("elasticsearch", func(t *testing.T) {
		indexAll(t, "audit-oracle-a", written[:len(written)-1])
		indexAll(t, "audit-oracle-b", written[len(written)-1:])
		expectFault(t, &log, search.Name, search.read, verify.Result{Missing: 1, Doubled: 1})
	})
	t.Run("loki", func(t *testing.T) {
		pushAll(t, "oracle", written)
		expectFault(t, &log, "logs", logs, verify.Result{Missing: 1, Doubled: 1, Altered: len(written)}) // it has no IDs
	})
	t.Run("kafka", func(t *testing.T) {
		produceAll(t, "audit-oracle", written)
		expectFault(t, &log, bus.Name, bus.read, verify.Result{Missing: 1, Doubled: 1})
	})
}

func ship(line []byte) []byte {
	return fmt.Appendf(nil, `%s,"auditship":{"id":"%v"}}`, bytes.TrimSuffix(line, []byte{'}'}), verify.Sum(line))
}

func idOf(shipped []byte) string {
	_, id, _ := strings.Cut(string(shipped), `"auditship":{"id":"`)
	return strings.TrimSuffix(id, `"}}`)
}

func expectFault(t *testing.T, log *verify.Log, name string, read func(context.Context) verify.Deliveries, want verify.Result) {
	t.Helper()
	got, err := log.Compare(name, read(t.Context()))
	must(t, err)
	if got.Missing != want.Missing || got.Doubled != want.Doubled || got.Altered != want.Altered || got.Extra != 0 {
		t.Errorf("the oracle finds %v", got)
	}
}

func indexAll(t *testing.T, index string, documents [][]byte) {
	t.Helper()
	// Without a mapping Elasticsearch refuses some of what is in the bodies.
	send(t, http.MethodPut, "/"+index, `{"mappings":{"dynamic":false}}`)
	var bulk strings.Builder
	for _, document := range documents {
		fmt.Fprintf(&bulk, `{"create":{"_id":"%s"}}`+"\n%s\n", idOf(document), document)
	}
	send(t, http.MethodPost, "/"+index+"/_bulk", bulk.String())
}

func send(t *testing.T, method, path, body string) {
	t.Helper()
	client, err := backend.Client(elasticsearch.CAFile)
	must(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, elasticsearch.URL+path, strings.NewReader(body))
	must(t, err)
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.SetBasicAuth(backend.ElasticAdmin, backend.ElasticAdminPassword)
	response, err := client.Do(request)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
}

func pushAll(t *testing.T, job string, lines [][]byte) {
	t.Helper()
	client, err := rivals.NewLokiClient(loki.URL, job, time.Second)
	must(t, err)
	for _, line := range lines {
		must(t, client.Send(line))
	}
	client.Stop()
}

func produceAll(t *testing.T, topic string, values [][]byte) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Plain), kgo.AllowAutoTopicCreation())
	must(t, err)
	defer client.Close()
	for _, value := range values {
		record := &kgo.Record{Topic: topic, Value: value, Headers: []kgo.RecordHeader{{Key: "auditship-id", Value: []byte(idOf(value))}}}
		must(t, client.ProduceSync(t.Context(), record).FirstErr())
	}
}
