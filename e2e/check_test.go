package e2e_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/verify"
)

// checkExact fails unless every destination holds every line of the log once, with its fields intact.
func checkExact(t *testing.T, log *verify.Log, destinations []destination) {
	t.Helper()
	if log.Repeats > 0 {
		t.Fatalf("the log itself has %d repeated lines", log.Repeats)
	}
	for _, d := range destinations {
		result, err := log.Compare(d.Name, d.read(t.Context()))
		must(t, err)
		t.Log(result)
		if !result.Exact() {
			t.Errorf("%s does not hold exactly what the log holds", d.Name)
		}
	}
}

// start runs an agent that a failing test does not leave behind.
func start(t *testing.T, config *agent.Config, flags ...string) *agent.Process {
	t.Helper()
	process, err := binary.Start(config, flags...)
	must(t, err)
	t.Cleanup(process.Kill)
	return process
}

// settle waits until the agent has caught up with a log of so many lines, and stops it.
func settle(t *testing.T, process *agent.Process, lines int, limit time.Duration, outputs ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	must(t, process.AwaitSettled(ctx, lines, outputs...))
	must(t, process.Stop(ctx))
}

// logCosts prints what a run took that is over.
func logCosts(t *testing.T, process *agent.Process, bytes int64, took time.Duration) {
	t.Helper()
	megabytes := float64(bytes) / 1e6
	t.Logf("%.1f MB in %.2f s: %.1f MB/s; %.2f CPU-s: %.1f MB per CPU-s; peak RSS %.1f MiB", megabytes, took.Seconds(),
		megabytes/took.Seconds(), process.CPU().Seconds(), megabytes/process.CPU().Seconds(), mebibytes(process.PeakRSS()))
}

func checkRSS(t *testing.T, process *agent.Process, limit int64) {
	t.Helper()
	if peak := process.PeakRSS(); peak == 0 || peak >= limit {
		t.Errorf("peak RSS %.1f MiB, want below %.0f", mebibytes(peak), mebibytes(limit))
	}
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func corpus(t *testing.T) string {
	t.Helper()
	dir, err := auditlog.Corpus(t.Context())
	must(t, err)
	return dir
}

func generator(t *testing.T, seed uint64) *auditlog.Generator {
	t.Helper()
	g, err := auditlog.NewGenerator(corpus(t), seed, 20<<20)
	must(t, err)
	return g
}

// newWriter writes dir/log/audit.log and dir/journal.
func newWriter(t *testing.T, dir string, megabytes, backups int) *auditlog.Writer {
	t.Helper()
	must(t, os.Mkdir(dir+"/log", 0o700))
	writer, err := auditlog.NewWriter(dir+"/log", dir+"/journal", megabytes, backups)
	must(t, err)
	return writer
}

func readJournal(t *testing.T, writer *auditlog.Writer) *verify.Log {
	t.Helper()
	var log verify.Log
	must(t, log.ReadFile(writer.Journal))
	return &log
}
