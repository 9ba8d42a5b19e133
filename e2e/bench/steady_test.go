package bench_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

var steadyFor = flag.Duration("steady", time.Minute, "how long TestSteady measures at each rate")

// running is an agent that delivers to all three servers.
type running struct {
	*measure.Process
	metrics string
}

func startAgent(t *testing.T, binary *peers.Peer, log, name string) *running {
	t.Helper()
	dir := newDir(t)
	command, err := binary.Prepare(peers.Job{Dir: dir, Log: log}, true)
	must(t, err)
	config, setup, metrics := writeConfigs(t, dir, log, name)
	said, err := exec.CommandContext(t.Context(), command.Args[0], "setup", "-c", setup).CombinedOutput()
	if err != nil {
		t.Fatalf("setup: %v\n%s", err, said)
	}
	command.Args[len(command.Args)-1] = config
	p, err := measure.Start(t.Context(), command)
	must(t, err)
	return &running{p, metrics}
}

func (r *running) scrape(ctx context.Context) (agent.Metrics, error) {
	return agent.FetchMetrics(ctx, http.DefaultClient, r.metrics)
}

// TestSteady follows a log at two rates, with Elasticsearch, Loki and Kafka at once. An event's latency is from its
// stageTimestamp, which is when it was written, to its acknowledgement; the agent observes the oldest event of every batch.
func TestSteady(t *testing.T) {
	needed(t)
	startServers(t)
	binary, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	fmt.Printf("\n%s; %v at each rate, default settings\n\n| events/s | output | p50 ms | p99 ms | CPU %% of all | RSS MiB |\n|--:|---|--:|--:|--:|--:|\n", environment(), *steadyFor)
	for _, rate := range []int{500, 5000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) { steady(t, binary, rate) })
	}
}

func steady(t *testing.T, binary *peers.Peer, rate int) {
	log := newWriter(t, corpus.Spec{})
	must(t, log.write(t.Context(), 1000, 10*time.Millisecond))
	r := startAgent(t, binary, log.path, fmt.Sprintf("steady-%d", rate))
	must(t, log.write(t.Context(), rate, *steadyFor/2)) // compilers, caches and connections warm up
	before, err := r.scrape(t.Context())
	must(t, err)
	used := during(t, r.PID, func() error { return log.write(t.Context(), rate, *steadyFor) })
	after, err := r.scrape(t.Context())
	must(t, err)
	must(t, r.awaitSettled(t.Context(), log.made.Facts.Lines))
	_, err = r.Stop()
	must(t, err)
	for _, output := range outputs {
		labels := agent.Labels{"output": output}
		latency := after.Histogram(agent.AckLatency, labels).Since(before.Histogram(agent.AckLatency, labels))
		fmt.Printf("| %d | %s | %.0f | %.0f | %.1f | %.0f |\n", rate, output, 1e3*latency.Quantile(0.5), 1e3*latency.Quantile(0.99),
			100*used.CPU.Seconds()/steadyFor.Seconds(), float64(used.RSS)/(1<<20))
	}
}

// awaitSettled waits until every output is through with so many events.
func (r *running) awaitSettled(ctx context.Context, lines int) error {
	ctx, cancel := context.WithTimeout(ctx, *catchUpLimit)
	defer cancel()
	for {
		m, err := r.scrape(ctx)
		if err != nil {
			return err
		}
		done := true
		for _, output := range outputs {
			if n := m.Events(output, "dead_lettered"); n > 0 {
				return fmt.Errorf("%d events were set aside by %s", n, output)
			}
			done = done && settledAt(m, output, lines)
		}
		if done {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// settledAt tells whether an output is through with so many events: each was delivered or filtered, none set aside.
func settledAt(m agent.Metrics, output string, lines int) bool {
	return m.Events(output, "delivered")+m.Events(output, "filtered") == lines
}
