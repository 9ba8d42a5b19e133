package config

import (
	"fmt"

	"github.com/auditship/auditship/agent/unit"
)

// checkMemory: a budget that a pipeline can't make progress in would be a silent standstill.
func (d *document) checkMemory(c *Config) {
	least := c.MinMemory()
	if count := len(c.Inputs) * len(c.Outputs); count > 0 && c.Memory.MaxBytes < least {
		d.report("memory.max_bytes", fmt.Sprintf("is %v, which is too little for %d pipelines (inputs × outputs) with their batches; give at least %v, or make batch.max_bytes smaller",
			c.Memory.MaxBytes, count, mebibytes(least)))
	}
	for i := range c.Outputs {
		if largest := c.Outputs[i].MaxEventBytes; largest > c.Memory.MaxBytes/2 {
			d.report(fmt.Sprintf("outputs[%d].max_event_bytes", i), fmt.Sprintf("is %v, more than half of memory.max_bytes (%v), so such an event would never pass; lower it or raise that", largest, c.Memory.MaxBytes))
		}
	}
}

// mebibytes rounds up to what reads well.
func mebibytes(size unit.Size) unit.Size { return (size + 1<<20 - 1) >> 20 << 20 }
