package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/verify"
)

// savedObject is one line of an export of Kibana's.
type savedObject struct {
	Type, ID   string
	Attributes struct {
		Title, TimeFieldName, VisState, PanelsJSON string
		Columns                                    []string
		KibanaSavedObjectMeta                      struct{ SearchSourceJSON string }
	}
	References []struct{ Name, Type, ID string }
}

func readKibana(t *testing.T) (all []savedObject) {
	t.Helper()
	text, err := os.ReadFile("../deploy/dashboards/kibana-audit.ndjson")
	must(t, err)
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var o savedObject
		must(t, json.Unmarshal([]byte(line), &o))
		if key := o.Type + "/" + o.ID; known[key] || strings.Contains(line, "://") {
			t.Errorf("%s is there twice, or has an absolute URL", key)
		}
		known[o.Type+"/"+o.ID] = true
		for _, r := range o.References { // what is referred to comes first
			if !known[r.Type+"/"+r.ID] {
				t.Errorf("%s %s refers to %s %s, which is not there", o.Type, o.ID, r.Type, r.ID)
			}
		}
		all = append(all, o)
	}
	return all
}

// query is the object's own, as Elasticsearch takes it.
func (o *savedObject) query(t *testing.T) any {
	t.Helper()
	var source struct {
		Query struct{ Language, Query string }
	}
	must(t, json.Unmarshal([]byte(o.Attributes.KibanaSavedObjectMeta.SearchSourceJSON), &source))
	if source.Query.Language != "lucene" {
		t.Errorf("%s is in %s: only Lucene's is asked of Elasticsearch as it is", o.ID, source.Query.Language)
	}
	return map[string]any{"query_string": map[string]any{"query": source.Query.Query, "analyze_wildcard": true}}
}

// aggregations are the buckets of a visualization, one within the other, as Kibana asks for them.
func (o *savedObject) aggregations(t *testing.T) map[string]any {
	t.Helper()
	var state struct {
		Aggs []struct {
			ID, Type string
			Params   struct {
				Field string
				Size  int
			}
		}
	}
	must(t, json.Unmarshal([]byte(o.Attributes.VisState), &state))
	all := map[string]any{}
	at := all
	for _, a := range state.Aggs {
		var bucket map[string]any
		switch a.Type {
		case "count":
			continue // what every answer has
		case "terms":
			bucket = map[string]any{"terms": map[string]any{"field": a.Params.Field, "size": a.Params.Size}}
		case "date_histogram":
			bucket = map[string]any{"date_histogram": map[string]any{"field": a.Params.Field, "fixed_interval": "1m", "min_doc_count": 1}}
		default:
			t.Fatalf("%s has an aggregation of type %s", o.ID, a.Type)
		}
		below := map[string]any{}
		bucket["aggs"] = below
		at[a.ID] = bucket
		at = below
	}
	return all
}

// buckets tells whether every level of an answer has any.
func buckets(aggs map[string]any) bool {
	for _, value := range aggs {
		bucket, isBucket := value.(map[string]any)
		if !isBucket || bucket["buckets"] == nil {
			continue
		}
		list := bucket["buckets"].([]any)
		return len(list) > 0 && buckets(list[0].(map[string]any))
	}
	return true
}

// checkKibana asks Elasticsearch for what each saved search and visualization asks.
func checkKibana(t *testing.T, want map[string]int) {
	server := elasticsearchAt(t, dataStream("dashboards"))
	fields := searchable(t, server)
	counted := map[string]bool{}
	for _, o := range readKibana(t) {
		for _, column := range o.Attributes.Columns {
			if !fields[column] {
				t.Errorf("%s has the column %s, which no index has", o.ID, column)
			}
		}
		if o.Type != "search" && o.Type != "visualization" {
			continue
		}
		body := map[string]any{"size": 0, "track_total_hits": true, "query": o.query(t), "aggs": o.aggregationsOf(t)}
		var answer struct {
			Hits         struct{ Total struct{ Value int } }
			Aggregations map[string]any
		}
		must(t, server.Call(t.Context(), http.MethodPost, "/"+server.Index+"/_search", body, &answer))
		total := answer.Hits.Total.Value
		t.Logf("%6d %s", total, o.ID)
		if total == 0 || !buckets(answer.Aggregations) {
			t.Errorf("%s finds %d events, and %v", o.ID, total, answer.Aggregations)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(o.ID, "auditship-"), "search-"), "count-"), "-by")
		if number, known := want[name]; known {
			counted[name] = true
			if total != number {
				t.Errorf("%s: %d events, want %d", o.ID, total, number)
			}
		}
	}
	if len(counted) < 5 {
		t.Errorf("only %v were counted", counted)
	}
}

func (o *savedObject) aggregationsOf(t *testing.T) map[string]any {
	if o.Type == "search" {
		return map[string]any{}
	}
	return o.aggregations(t)
}

// searchable are the fields of the index.
func searchable(t *testing.T, server *verify.Elasticsearch) map[string]bool {
	t.Helper()
	var answer struct{ Fields map[string]any }
	must(t, server.Call(t.Context(), http.MethodGet, "/"+server.Index+"/_field_caps?fields=*", nil, &answer))
	all := map[string]bool{}
	for name := range answer.Fields {
		all[name] = true
	}
	return all
}
