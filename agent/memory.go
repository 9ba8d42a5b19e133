package agent

import (
	"os"
	"runtime/debug"
	"slices"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/inputs/webhook"
)

// ground is what the agent needs beside what its pipelines hold: code, stacks, connections, metrics.
const ground = 24 << 20

// limitMemory has what is held stay within what the configuration and the control group allow.
func (a *agent) limitMemory(cfg *config.Config) {
	group := groupLimit("/")
	limitMemory(cfg, group)
	a.webhooks.Resize(webhookMemory(cfg, group))
}

// webhookMemory is what webhooks hold of requests, beside what the pipelines hold: as much, or a third of the control group.
func webhookMemory(cfg *config.Config, group int64) int64 {
	if !slices.ContainsFunc(cfg.Inputs, func(in config.Input) bool { return in.Webhook != nil }) {
		return 0
	}
	return webhook.Bounded(min(int64(cfg.Memory.MaxBytes), group/3))
}

// limitMemory makes the garbage collector work harder when the heap nears the budget, or nine tenths of what the control
// group allows. GOMEMLIMIT has the last word. How many threads run Go code (GOMAXPROCS) the runtime itself takes from the group.
func limitMemory(cfg *config.Config, group int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(int64(cfg.Memory.MaxBytes)+webhookMemory(cfg, group)+ground, group/10*9))
	}
}
