package e2e_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
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
	destinations[0] = toDataStream(t)
	config := newConfig(t, dir, filepath.Join(logs, "audit.log"), destinations)
	installTemplates(t, config)

	begin := time.Now()
	process := start(t, config, "--once")
	must(t, process.Wait(t.Context()))
	took := time.Since(begin)
	checkExact(t, log, destinations)
	logCosts(t, process, log.Bytes, took)
	checkRSS(t, process, 80<<20)
}

// installTemplates runs auditship setup, with a credential that may.
func installTemplates(t *testing.T, config *agent.Config) {
	t.Helper()
	setup := *config
	setup.Outputs = nil
	for _, output := range config.Outputs {
		if output.Elasticsearch != nil {
			block := *output.Elasticsearch
			block.Username, block.Password = backend.ElasticAdmin, backend.ElasticAdminPassword
			output.Elasticsearch = &block
			setup.Outputs = append(setup.Outputs, output)
		}
	}
	must(t, binary.Run(t.Context(), "setup", &setup))
}
