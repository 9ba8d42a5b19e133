package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestFormats ships a whole recorded log to Elasticsearch in both formats, and to a file under the names of the Elastic Common
// Schema: nothing is refused or trimmed, no mapping grows, and queries find what is there.
func TestFormats(t *testing.T) {
	startElasticsearch(t)
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)

	const stream = "logs-kubernetes.audit_logs-formats"
	native := toDataStream(t, "formats")
	native.Name = "native"
	ecs := toElasticsearch(t, agent.Elasticsearch{DataStream: stream}, stream)
	ecs.Format = "ecs"
	archive := toFile(dir, "archive", agent.File{})
	archive.Format = "ecs"
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), []destination{native, ecs, archive})
	must(t, start(t, config, "--once").Wait(t.Context()))

	checkExact(t, log, []destination{native})
	checkECS(t, log, ecs)
	checkECS(t, log, archive)
	server := elasticsearchAt(t, stream)
	checkMapping(t, server)
	checkTruth(t, log, server)
	checkFields(t, server)
	for _, index := range []*verify.Elasticsearch{server, elasticsearchAt(t, dataStream("formats"))} {
		if n := count(t, index, `{"exists":{"field":"auditship.trimmed"}}`); n > 0 {
			t.Errorf("%s: %d events were refused as they were", index.Index, n)
		}
	}
}

func elasticsearchAt(t *testing.T, index string) *verify.Elasticsearch {
	t.Helper()
	client, err := backend.Client(elasticsearch.CAFile)
	must(t, err)
	return &verify.Elasticsearch{Client: client, URL: elasticsearch.URL, Index: index,
		User: backend.ElasticAdmin, Password: backend.ElasticAdminPassword}
}

// checkECS holds what stands under kubernetes.audit against the log, field by field.
func checkECS(t *testing.T, log *verify.Log, d destination) {
	t.Helper()
	left := map[verify.ID]bool{}
	for id := range log.Lines() {
		left[id] = true
	}
	for delivery, err := range d.read(t.Context()) {
		must(t, err)
		document := parseDocument(t, delivery.Body)
		id, err := verify.ParseID(fmt.Sprint(at(document, "auditship", "id")))
		must(t, err)
		if !left[id] || at(document, "event", "id") != id.String() || delivery.ID != "" && delivery.ID != id.String() {
			t.Fatalf("%s: %s is there once more, or under another ID", d.Name, id)
		}
		delete(left, id)
		if want := withoutDots(parseDocument(t, log.Line(id))); !reflect.DeepEqual(at(document, "kubernetes", "audit"), any(want)) {
			t.Fatalf("%s: %s differs from its line", d.Name, id)
		}
		if at(document, "auditship", "trimmed") != nil || at(document, "auditship", "unmapped") != nil {
			t.Errorf("%s: %s lacks something", d.Name, id)
		}
	}
	if len(left) > 0 {
		t.Errorf("%s: %d of %d are missing", d.Name, len(left), log.Len())
	}
}

func parseDocument(t *testing.T, body []byte) (document map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	must(t, d.Decode(&document))
	return document
}

// at is the value that the keys lead to; nil: none.
func at(value any, keys ...string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// withoutDots has the keys of the annotations as Elastic's integration has them.
func withoutDots(event map[string]any) map[string]any {
	annotations, ok := event["annotations"].(map[string]any)
	if !ok {
		return event
	}
	renamed := map[string]any{}
	for key, value := range annotations {
		renamed[strings.ReplaceAll(key, ".", "_")] = value
	}
	event["annotations"] = renamed
	return event
}

// checkMapping fails if the index has other fields than the template for it.
func checkMapping(t *testing.T, server *verify.Elasticsearch) {
	t.Helper()
	var template, index json.RawMessage
	must(t, server.Call(t.Context(), http.MethodPost, "/_index_template/_simulate_index/"+server.Index, nil, &template))
	must(t, server.Call(t.Context(), http.MethodGet, "/"+server.Index+"/_mapping", nil, &index))
	want, got := bytes.Count(template, []byte(`"type":"`)), bytes.Count(index, []byte(`"type":"`))
	t.Logf("%d fields", got)
	if want != got || got < 100 {
		t.Errorf("the index has %d fields, the template %d", got, want)
	}
}

func count(t *testing.T, server *verify.Elasticsearch, query string) int {
	t.Helper()
	var answer struct{ Count int }
	must(t, server.Call(t.Context(), http.MethodPost, "/"+server.Index+"/_count", json.RawMessage(`{"query":`+query+`}`), &answer))
	return answer.Count
}
