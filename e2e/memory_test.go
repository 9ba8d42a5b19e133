package e2e_test

import (
	"testing"
	"time"
)

// TestMemory10MB ships events of 10 MB among others to every kind of output.
func TestMemory10MB(t *testing.T) {
	const large, events = 10_000_000, 12
	startServers(t)
	dir := newDir(t)
	lines := generator(t, 4)
	writer := newWriter(t, dir, 100, 5)
	for range events {
		must(t, writer.Write(lines.AppendLarge(nil, time.Now(), large)))
		must(t, writer.Generate(t.Context(), lines, 0, 1<<20))
	}
	must(t, writer.Close())

	destinations := toAll(t, dir, "memory")
	begin := time.Now()
	process := start(t, newConfig(t, dir, writer.Path, destinations), "--once")
	must(t, process.Wait(t.Context()))
	took := time.Since(begin)
	checkExact(t, readJournal(t, writer), destinations)
	logCosts(t, process, writer.Bytes, took)
	checkRSS(t, process, 160<<20)
}
