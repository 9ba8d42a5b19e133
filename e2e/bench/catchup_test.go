package bench_test

import (
	"errors"
	"flag"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/peers"
)

var (
	hours        = flag.Float64("hours", 0.05, "how long the agent of TestCatchUp was down, at 1,000 events a second")
	catchUpLimit = flag.Duration("catch-up-limit", 30*time.Minute, "how long waiting for the servers may take")
)

// TestCatchUp starts an agent that was down while the log grew, with all three servers, and tells when each has
// everything. Writing is the share of that time in which at least one write was on its way: near 100 % the server is the
// bound, or what the agent holds back for its sake.
func TestCatchUp(t *testing.T) {
	needed(t)
	startServers(t)
	binary, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	events := int64(*hours * 3600 * 1000)
	path, facts := makeLog(t, corpus.Spec{Bytes: events * 2050})
	r := startAgent(t, binary, path, "catch-up")
	begin := time.Now()
	fmt.Printf("\n%s\n\n%.0f MB, %d events (%.2f hours at 1,000/s), %d of them kept\n\n| output | caught up after s | events/s | MB/s | writing %% |\n|---|--:|--:|--:|--:|\n",
		environment(), float64(facts.Bytes)/1e6, facts.Lines, float64(facts.Lines)/3.6e6, facts.Kept)
	waiting := map[string]bool{"search": true, "logs": true, "bus": true}
	for len(waiting) > 0 && time.Since(begin) < *catchUpLimit {
		m, err := r.scrape(t.Context())
		if errors.Is(err, syscall.ECONNREFUSED) {
			err = sleep(t.Context(), 10*time.Millisecond)
			must(t, err)
			continue
		}
		must(t, err)
		for output := range waiting {
			if settledAt(m, output, facts.Lines) {
				delete(waiting, output)
				tellCaughtUp(m, output, facts, time.Since(begin))
			}
		}
		must(t, sleep(t.Context(), 100*time.Millisecond))
	}
	u, err := r.Stop()
	must(t, err)
	fmt.Printf("\nThe agent: %.1f s of processor time (%.0f MB per CPU-second for all three), peak RSS %.0f MiB\n\n",
		u.CPU().Seconds(), float64(facts.Bytes)/1e6/u.CPU().Seconds(), float64(u.PeakRSS)/(1<<20))
	if len(waiting) > 0 {
		t.Errorf("after %v there is more to deliver: %v", *catchUpLimit, waiting)
	}
}

func tellCaughtUp(m agent.Metrics, output string, facts corpus.Facts, took time.Duration) {
	writing := 0.0
	for _, metric := range m["auditship_write_duration_seconds"].GetMetric() {
		for _, label := range metric.GetLabel() {
			if label.GetName() == "output" && label.GetValue() == output {
				writing += metric.GetHistogram().GetSampleSum()
			}
		}
	}
	fmt.Printf("| %s | %.1f | %.0f | %.1f | %.0f |\n", output, took.Seconds(), float64(facts.Lines)/took.Seconds(),
		float64(facts.Bytes)/1e6/took.Seconds(), 100*writing/took.Seconds())
}
