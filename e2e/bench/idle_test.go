package bench_test

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

var idleFor = flag.Duration("idle", 30*time.Second, "how long each phase of TestIdle is")

const (
	idleRate = 500 // events per second
	settling = 5 * time.Second
)

// TestIdle follows a log that grows as a busy cluster's does, and then one that is quiet.
func TestIdle(t *testing.T) {
	needed(t)
	fmt.Printf("\n%s\n\n| shipper | %d events/s: CPU %% | RSS MiB | quiet: CPU %% | wake-ups/s |\n|---|--:|--:|--:|--:|\n", environment(), idleRate)
	for _, peer := range shippers(t) {
		t.Run(peer.Name, func(t *testing.T) { idle(t, peer) })
	}
}

func idle(t *testing.T, peer *peers.Peer) {
	log := newWriter(t, corpus.Spec{})
	must(t, log.write(t.Context(), 1000, 10*time.Millisecond)) // an empty log is a case of its own
	dir := newDir(t)
	job := peers.Job{Dir: dir, Log: log.path, Out: filepath.Join(dir, "events.jsonl")}
	command, err := peer.Prepare(job, true)
	must(t, err)
	p, err := measure.Start(t.Context(), command)
	must(t, err)
	must(t, log.write(t.Context(), idleRate, settling))

	busy := during(t, p.PID, func() error { return log.write(t.Context(), idleRate, *idleFor) })
	progress := &tail{path: job.Out, word: []byte(peers.Node)}
	_, err = await(log.made.Facts.Kept, runLimit, progress.count)
	must(t, err)
	must(t, sleep(t.Context(), settling))
	quiet := during(t, p.PID, func() error { return sleep(t.Context(), *idleFor) })
	_, err = p.Stop()
	must(t, err)
	expected, err := check.FromLog(log.path, corpus.Noise)
	must(t, err)
	must(t, expected.Verify(job.Out, peers.Cluster, peers.Node))
	fmt.Printf("| %s %s | %.2f | %.0f | %.3f | %.1f |\n", peer.Name, peer.Version, percent(busy.CPU), float64(busy.RSS)/(1<<20),
		percent(quiet.CPU), float64(quiet.Switches)/idleFor.Seconds())
}

// during is what a process takes while something happens, and its memory at the end of it.
func during(t *testing.T, pid int, something func() error) measure.Sample {
	t.Helper()
	before, err := measure.TakeSample(pid)
	must(t, err)
	must(t, something())
	after, err := measure.TakeSample(pid)
	must(t, err)
	return measure.Sample{CPU: after.CPU - before.CPU, RSS: after.RSS, Switches: after.Switches - before.Switches}
}

// percent is the share of one core.
func percent(cpu time.Duration) float64 { return 100 * cpu.Seconds() / idleFor.Seconds() }

// sleep lets time pass: here it is what is measured.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
