package bench_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

var (
	large  = flag.Bool("large", false, "let TestGrowth end at a log of 10 GB")
	growth = flag.Int64("growth-size", 256, "MB of the log where TestGrowth grows along another dimension")
)

// step is one point along a dimension.
type step struct {
	name string
	work *work
}

// TestGrowth ships to files while one thing grows: the log, the rules, the outputs, the lines, the backups.
func TestGrowth(t *testing.T) {
	needed(t)
	agent, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	fmt.Printf("\n%s; medians of %d runs\n\n| what grows | | MB per CPU-s | µs of CPU per event | MB/s | RSS MiB |\n|---|--:|--:|--:|--:|--:|\n", environment(), *runs)
	for _, dimension := range []struct {
		name  string
		steps func(*testing.T) []func() step
	}{{"log", logSizes}, {"rules", ruleCounts}, {"outputs", outputCounts}, {"lines", lineSizes}, {"backups", backupCounts}} {
		t.Run(dimension.name, func(t *testing.T) {
			for _, make := range dimension.steps(t) {
				s := make()
				s.run(t, agent, dimension.name)
			}
		})
	}
}

func (s step) run(t *testing.T, agent *peers.Peer, dimension string) {
	t.Helper()
	var usages []measure.Usage
	for range *runs {
		u, err := s.work.run(t, agent)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			return
		}
		usages = append(usages, u)
	}
	cpu := median(usages, measure.Usage.CPU)
	wall := median(usages, func(u measure.Usage) time.Duration { return u.Wall })
	rss := median(usages, func(u measure.Usage) int64 { return u.PeakRSS })
	megabytes := float64(s.work.bytes) / 1e6
	fmt.Printf("| %s | %s | %.0f | %.2f | %.0f | %.0f |\n", dimension, s.name, megabytes/cpu.Seconds(),
		float64(cpu.Microseconds())/float64(s.work.lines), megabytes/wall.Seconds(), float64(rss)/(1<<20))
}
