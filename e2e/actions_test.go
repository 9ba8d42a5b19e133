package e2e_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// deed is what somebody did while a log was recorded: a line of actions.jsonl beside it.
type deed struct {
	Requests []struct {
		AuditID string
		Events  []struct {
			Stage, URI string
			Code       int
		}
	}
}

var sessionURI = regexp.MustCompile(`/pods/[^/]+/(exec|attach|portforward)(\?|$)`)

// did are the audit IDs of what people are known to have done, by the view that has to show it. A recording without such a
// list has none.
func did(t *testing.T) map[string]map[string]bool {
	t.Helper()
	file, err := os.Open(filepath.Join(filepath.Dir(corpus(t)), "actions.jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	must(t, err)
	defer file.Close()
	all := map[string]map[string]bool{"sessions": {}, "denied": {}}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a deed
		must(t, json.Unmarshal(lines.Bytes(), &a))
		for _, request := range a.Requests {
			for _, event := range request.Events {
				if event.Stage == "ResponseStarted" && sessionURI.MatchString(event.URI) {
					all["sessions"][request.AuditID] = true
				}
				if event.Stage != "RequestReceived" && (event.Code == 401 || event.Code == 403) {
					all["denied"][request.AuditID] = true
				}
			}
		}
	}
	must(t, lines.Err())
	return all
}

// checkActions looks for what people did in the views that have to show it.
func checkActions(t *testing.T) {
	server := elasticsearchAt(t, dataStream("dashboards"))
	for _, o := range readKibana(t) {
		for view, ids := range did(t) {
			if o.ID != "auditship-search-"+view {
				continue
			}
			body := map[string]any{"size": 0, "aggs": map[string]any{"ids": map[string]any{"terms": map[string]any{"field": "auditID", "size": 10000}}}, "query": o.query(t)}
			var answer struct {
				Aggregations struct {
					IDs struct{ Buckets []struct{ Key string } }
				}
			}
			must(t, server.Call(t.Context(), http.MethodPost, "/"+server.Index+"/_search", body, &answer))
			shown := map[string]bool{}
			for _, bucket := range answer.Aggregations.IDs.Buckets {
				shown[bucket.Key] = true
			}
			for id := range ids {
				if !shown[id] {
					t.Errorf("%s: what was done under the audit ID %q is not shown", view, id)
				}
			}
			t.Logf("%s: %d requests that are known", view, len(ids))
		}
	}
}
