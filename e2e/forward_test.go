package e2e_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestForward ships a whole recorded log by the Forward Protocol, plain and compressed, to an OpenTelemetry Collector: every
// event is in its file once, fields intact, but for integers that no double can hold: they arrive as texts of their digits.
func TestForward(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Collector")
	}
	for _, compression := range []string{"none", "gzip"} {
		t.Run(compression, func(t *testing.T) {
			dir := newDir(t)
			collector, err := backend.StartCollector(t.Context(), "collector", backend.FluentForward, dir)
			must(t, err)
			defer func() { report(collector.Stop()) }()
			logs := filepath.Join(dir, "log")
			must(t, auditlog.Copy(corpus(t), logs))
			log, err := verify.ReadLog(logs)
			must(t, err)
			config := newConfig(t, dir, filepath.Join(logs, "audit.log"), []destination{{Output: agent.Output{
				Name: "fluent", Forward: &agent.Forward{Addresses: []string{collector.Address}, Compression: compression},
			}}})
			must(t, start(t, config, "--once").Wait(t.Context()))
			must(t, collector.Stop()) // it writes what it has
			checkCollected(t, log, verify.OTLP(collector.File, "fluent.tag"), "fluent", 0)
		})
	}
}

var hugeInteger = regexp.MustCompile(`[:\[,][0-9]{20,}[,}\]]`)
