package agent

import (
	"os"
	"runtime/debug"

	"github.com/auditship/auditship/agent/config"
)

// ground is what the agent needs beside what its pipelines hold: code, stacks, connections, metrics.
const ground = 24 << 20

// limitMemory makes the garbage collector work harder when the heap nears the budget, instead of letting it double.
// GOMEMLIMIT and GOGC have the last word.
func limitMemory(cfg *config.Config) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(cfg.Memory.MaxBytes) + ground)
	}
}
