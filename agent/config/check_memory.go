package config

import (
	"fmt"
	"slices"

	"github.com/auditship/auditship/agent/unit"
)

// checkMemory: a budget that a pipeline can't make progress in would be a silent standstill.
func (d *document) checkMemory(c *Config) {
	if slices.ContainsFunc(c.Outputs, func(o Output) bool { return !o.Batch.sane() }) {
		return // that comes first
	}
	least := c.MinMemory()
	if c.Memory.MaxBytes < least {
		d.report("memory.max_bytes", fmt.Sprintf("is %v, and the pipelines (inputs × outputs: %d × %d) with their batches need at least %v; raise it, or lower batch.max_bytes",
			c.Memory.MaxBytes, len(c.Inputs), len(c.Outputs), mebibytes(least)))
	}
	for i := range c.Outputs {
		if largest := c.Outputs[i].MaxEventBytes; largest > c.Memory.MaxBytes/2 {
			d.report(fmt.Sprintf("outputs[%d].max_event_bytes", i), fmt.Sprintf("is %v, more than half of memory.max_bytes (%v), so such an event would never pass; lower it or raise that", largest, c.Memory.MaxBytes))
		}
	}
}

// mebibytes rounds up to what reads well.
func mebibytes(size unit.Size) unit.Size { return (size + 1<<20 - 1) >> 20 << 20 }
