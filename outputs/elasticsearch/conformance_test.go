package elasticsearch

import (
	"testing"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*Config, *outputs.Env){
		"data stream":   func(cfg *Config, _ *outputs.Env) {},
		"dated index":   func(cfg *Config, _ *outputs.Env) { cfg.DataStream, cfg.Index = "", "audit-%Y.%m.%d" },
		"uncompressed":  func(cfg *Config, _ *outputs.Env) { cfg.Compression = "none" },
		"plain index":   func(cfg *Config, _ *outputs.Env) { cfg.DataStream, cfg.Index = "", "audit" },
		"small batches": func(_ *Config, env *outputs.Env) { env.MaxBytes = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			outputtest.Run(t, func(t *testing.T) outputtest.Subject {
				f := newFake(t)
				return outputtest.Subject{New: func(*testing.T) outputs.Output { return f.unopened(change) },
					Arrived: func(*testing.T) []string { return f.arrived() }, SeesRepeats: true}
			})
		})
	}
}
