package e2e_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/verify"
)

// TestRealServers ships a whole recorded log to every kind of output at once, as fast as they take it.
func TestRealServers(t *testing.T) {
	startServers(t)
	dir := newDir(t)
	logs := filepath.Join(dir, "log")
	must(t, auditlog.Copy(corpus(t), logs))
	log, err := verify.ReadLog(logs)
	must(t, err)

	destinations := toAll(t, dir, "servers")
	destinations[0] = toDataStream(t, "default")
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), destinations)

	begin := time.Now()
	process := start(t, config, "--once")
	must(t, process.Wait(t.Context()))
	took := time.Since(begin)
	checkExact(t, log, destinations)
	logCosts(t, process, log.Bytes, took)
	checkRSS(t, process, 80<<20)
}
