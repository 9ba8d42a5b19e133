package agent

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auditship/auditship/agent/completeness"
)

// apiServer answers with counters.
func apiServer(t *testing.T) (url string, asked *atomic.Int64) {
	asked = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := asked.Add(1)
		fmt.Fprintf(w, "apiserver_audit_event_total %d\napiserver_audit_error_total{plugin=\"log\"} 7\nprocess_start_time_seconds 1.5e9\n", 100*n)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/metrics", asked
}

func TestAgentComparesWithTheServer(t *testing.T) {
	s := newSite(t)
	url, asked := apiServer(t)
	cfg := s.config(`{name: a, file: {path: %s/a.jsonl}}`)
	cfg.Inputs[0].APIServerMetrics = &completeness.Config{URL: url, Every: 10 * time.Millisecond}
	s.write(20)
	r := s.start(cfg)
	r.get("/metrics", func(_ int, body string) bool {
		return strings.Contains(body, `auditship_server_unwritten_events_total{input="in",plugin="log"} 7`) && strings.Contains(body, `auditship_server_missing_events{input="in"} 0`)
	})
	r.get("/metrics", func(int, string) bool { return asked.Load() > 3 })
	r.get("/metrics", func(_ int, body string) bool { // the pipeline goes its own way
		return strings.Contains(body, `auditship_events_total{input="in",output="a",result="delivered"} 20`)
	})
	r.end()
	s.delivered("a.jsonl", s.written)
	if log := r.log.String(); !strings.Contains(log, "could not write audit events") || strings.Contains(log, "not in its log") {
		t.Error(log)
	}
}

func TestOnceComparesNothing(t *testing.T) {
	s := newSite(t)
	url, asked := apiServer(t)
	cfg := s.config(`{name: a, file: {path: %s/a.jsonl}}`)
	cfg.Inputs[0].APIServerMetrics = &completeness.Config{URL: url, Every: time.Millisecond}
	a := &agent{cfg: cfg, options: Options{Once: true}}
	if c := a.newChecker(&cfg.Inputs[0], nil); c != nil || asked.Load() != 0 {
		t.Errorf("checker %v, asked %d times", c, asked.Load())
	}
}
