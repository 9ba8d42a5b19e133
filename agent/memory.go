package agent

import (
	"os"
	"runtime/debug"

	"github.com/auditship/auditship/agent/config"
)

// ground is what the agent needs beside what its pipelines hold: code, stacks, connections, metrics.
const ground = 24 << 20

// gcPercent is low, since collections are rare: what ships an event allocates nothing.
const gcPercent = 30

// limitMemory makes the garbage collector work harder when the heap nears the budget, or nine tenths of what the control
// group allows, instead of letting it double. GOMEMLIMIT and GOGC have the last word. How many threads run Go code
// (GOMAXPROCS) the runtime itself takes from the group.
func limitMemory(cfg *config.Config, group int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(int64(cfg.Memory.MaxBytes)+ground, group/10*9))
	}
}
