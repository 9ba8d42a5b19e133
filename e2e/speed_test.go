package e2e_test

import (
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// TestSpeedFile reads a large log into a file. What counts is processor time: the machine may be busy with others.
func TestSpeedFile(t *testing.T) {
	const perCPUSecond = 100 // MB
	dir := newDir(t)
	writer := newWriter(t, dir, 4096, 1)
	must(t, writer.Generate(t.Context(), generator(t, 5), 0, pick[int64](256<<20, 1<<30)))
	must(t, writer.Close())

	destinations := []destination{toFile(dir, "archive", agent.File{})}
	begin := time.Now()
	process := start(t, newConfig(t, dir, writer.Path, destinations), "--once")
	must(t, process.Wait(t.Context()))
	took := time.Since(begin)
	checkExact(t, readJournal(t, writer), destinations)
	logCosts(t, process, writer.Bytes, took)
	if speed := float64(writer.Bytes) / 1e6 / process.CPU().Seconds(); speed < perCPUSecond {
		t.Errorf("%.0f MB per CPU-second, want %d at least", speed, perCPUSecond)
	}
}
