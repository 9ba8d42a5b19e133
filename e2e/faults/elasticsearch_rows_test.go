package faults

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

func elasticsearchRows() []row {
	hits := []string{"search"}
	block := func(name string) func(value string) func(*run) {
		return func(value string) func(*run) {
			return func(r *run) { r.ask(http.MethodPut, "/"+r.index()+"/_settings", `{"index.blocks.`+name+`":`+value+`}`) }
		}
	}
	byHand, flood := block("write"), block("read_only_allow_delete")
	return []row{
		{name: "Elasticsearch: 503 from a load balancer", hits: hits, quick: true, lasts: 5 * time.Second,
			cause: func(r *run) {
				r.search.Set(Fault{Match: Bulk, Withhold: true, Answer: Response("503 Service Unavailable", "no server is available")})
			},
			end: func(r *run) { r.search.Set(Fault{}) }},
		{name: "Elasticsearch: 429 for single events of a 200 bulk", hits: hits, fast: true, lasts: 10 * time.Second,
			prepare: func(r *run) { r.ask(http.MethodPut, "/"+r.index(), `{"settings":{"number_of_shards":12}}`) },
			cause:   reconfigured("thread_pool.write.size: 1\nthread_pool.write.queue_size: 1"),
			end: func(r *run) {
				if n := r.rejections(); n == 0 {
					r.Error("the server rejected nothing")
				} else {
					r.Logf("the server rejected %d shards of bulks", n)
				}
				reconfigured("")(r)
			}},
		{name: "Elasticsearch: 413, http.max_content_length 128kb", hits: hits, fast: true, lasts: 10 * time.Second,
			cause: reconfigured("http.max_content_length: 128kb"), end: reconfigured("")},
		{name: "Elasticsearch: index blocked for writes by hand (403)", hits: hits, quick: true, lasts: 5 * time.Second,
			cause: byHand("true"), end: byHand("null")},
		{name: "Elasticsearch: index read-only at the flood stage (429)", hits: hits, quick: true, lasts: 5 * time.Second,
			cause: flood("true"), end: flood("null")},
		{name: "Elasticsearch: mapping conflict with bodies", hits: hits, quick: true,
			prepare: func(r *run) {
				r.ask(http.MethodPut, "/"+r.index(), `{"mappings":{"properties":{"requestObject":{"type":"long"},"responseObject":{"type":"long"}}}}`)
			},
			cause: func(*run) {}, lasts: 5 * time.Second},
	}
}

// reconfigured restarts the server with more lines in its configuration. The time that it takes makes batches full.
func reconfigured(lines string) func(*run) {
	return func(r *run) {
		must(r.T, r.elasticsearch.Kill())
		must(r.T, restart(r.Context(), &r.elasticsearch.Process, "ES_EXTRA="+lines))
	}
}

// ask is a request of the administrator's, past the proxy.
func (r *run) ask(method, path, body string) []byte {
	r.Helper()
	client, err := backend.Client(r.elasticsearch.CAFile)
	must(r.T, err)
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(r.Context(), method, r.elasticsearch.URL+path, strings.NewReader(body))
	must(r.T, err)
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(backend.ElasticAdmin, backend.ElasticAdminPassword)
	response, err := client.Do(request)
	must(r.T, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(r.T, err)
	if response.StatusCode != http.StatusOK {
		r.Fatalf("%s %s: %s: %.300s", method, path, response.Status, text)
	}
	return text
}

// rejections is how many tasks the server's pool for writes has rejected since its start.
func (r *run) rejections() (n int) {
	var stats struct {
		Nodes map[string]struct {
			Pool struct {
				Write struct{ Rejected int }
			} `json:"thread_pool"`
		}
	}
	must(r.T, json.Unmarshal(r.ask(http.MethodGet, "/_nodes/stats/thread_pool", ""), &stats))
	for _, node := range stats.Nodes {
		n += node.Pool.Write.Rejected
	}
	return n
}
