package agent_test

import (
	"math"
	"strings"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
)

const scrape = `# TYPE auditship_events_total counter
auditship_events_total{input="a",output="x",result="read"} 7
auditship_events_total{input="b",output="x",result="read"} 5
auditship_events_total{input="a",output="y",result="read"} 1
# TYPE auditship_ack_latency_seconds histogram
auditship_ack_latency_seconds_bucket{output="x",le="0.1"} 50
auditship_ack_latency_seconds_bucket{output="x",le="0.2"} 100
auditship_ack_latency_seconds_bucket{output="x",le="+Inf"} 100
auditship_ack_latency_seconds_sum{output="x"} 9
auditship_ack_latency_seconds_count{output="x"} 100
`

func TestMetrics(t *testing.T) {
	metrics, err := agent.ParseMetrics(strings.NewReader(scrape))
	if err != nil {
		t.Fatal(err)
	}
	if got := metrics.Events("x", "read"); got != 12 {
		t.Errorf("%d read, want 12", got)
	}
	if got := metrics.Events("z", "read"); got != 0 {
		t.Errorf("%d read by an output that is not there", got)
	}
	histogram := metrics.Histogram(agent.AckLatency, agent.Labels{"output": "x"})
	for q, want := range map[float64]float64{0.25: 0.05, 0.5: 0.1, 0.75: 0.15, 1: 0.2} {
		if got := histogram.Quantile(q); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if got := histogram.Since(histogram).Quantile(0.99); !math.IsNaN(got) {
		t.Errorf("quantile of nothing is %v", got)
	}
}
