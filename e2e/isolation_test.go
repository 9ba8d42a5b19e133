package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// TestIsolation stops Loki under load: Elasticsearch and Kafka must not get slower by it, and Loki must catch up.
func TestIsolation(t *testing.T) {
	startServers(t)
	dir := newDir(t)
	phase := pick(20*time.Second, time.Minute)
	writer := newWriter(t, dir, 20, 10)
	destinations := toAll(t, dir, "isolation")
	process := start(t, newConfig(t, dir, writer.Path, destinations))
	end := generateUntil(t, writer, generator(t, 3), 1<<20)

	pause(t, phase/2) // connections, JIT compilers and caches warm up
	first := measure(t, process, phase)
	second := measure(t, process, phase)
	must(t, loki.Stop())
	faulty := measure(t, process, phase)
	must(t, loki.Restart(t.Context()))
	end()
	settle(t, process, writer.Lines, 5*time.Minute, names(destinations)...)

	for _, output := range []string{"search", "bus"} {
		compareLatency(t, output, first[output], second[output], faulty[output])
	}
	checkExact(t, readJournal(t, writer), destinations)
}

// measure is the p99 latency from event to acknowledgement of each output in a span of time.
func measure(t *testing.T, process *agent.Process, span time.Duration) map[string]float64 {
	t.Helper()
	before := scrape(t, process)
	pause(t, span)
	after := scrape(t, process)
	p99 := map[string]float64{}
	for _, output := range []string{"search", "bus"} {
		labels := agent.Labels{"output": output}
		observed := after.Histogram(agent.AckLatency, labels).Since(before.Histogram(agent.AckLatency, labels))
		p99[output] = observed.Quantile(0.99)
	}
	return p99
}

func scrape(t *testing.T, process *agent.Process) agent.Metrics {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	metrics, err := process.Metrics(ctx)
	must(t, err)
	return metrics
}

// compareLatency allows a tenth more than the slower of two runs without the fault, or as much more as these two differ.
func compareLatency(t *testing.T, output string, first, second, faulty float64) {
	t.Helper()
	slower, faster := max(first, second), min(first, second)
	allowed := max(1.1*slower, slower+slower-faster)
	t.Logf("%-6s p99 %.0f and %.0f ms without the fault, %.0f ms with it, allowed %.0f ms",
		output, 1e3*first, 1e3*second, 1e3*faulty, 1e3*allowed)
	if !(faulty <= allowed) { // NaN is a failure too
		t.Errorf("%s got slower while Loki was away", output)
	}
}
