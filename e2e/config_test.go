package e2e_test

import (
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

// newConfig ships the log at path to the destinations, which are set up for it.
func newConfig(t *testing.T, dir, path string, destinations []destination) *agent.Config {
	t.Helper()
	config, err := agent.New(dir, path, outputs(destinations)...)
	must(t, err)
	installTemplates(t, config)
	return config
}

// installTemplates runs auditship setup, with a credential that may, where there is something to set up.
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
	if len(setup.Outputs) > 0 {
		must(t, binary.Run(t.Context(), "setup", &setup))
	}
}
