package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/auditship/auditship/agent/status"
)

// Of a running agent: how long the oldest event may wait, and how near a loss may be, in seconds.
const (
	late = 300
	near = 3600
)

// checkAgent asks the running agent how it is.
func (e *examination) checkAgent(ctx context.Context) {
	if e.Ask == nil {
		return
	}
	socket := strings.TrimPrefix(e.cfg.Admin, "unix://")
	all, err := e.Ask(ctx, socket)
	if err != nil {
		e.warn("agent", socket, "systemctl start auditship; of an agent in a pod ask inside of it: auditship doctor or status", "no running agent answers: %v", err)
		return
	}
	for i := range all {
		e.checkPipeline(&all[i])
	}
}

func (e *examination) checkPipeline(p *status.Pipeline) {
	name, before := p.Input+"/"+p.Output, len(e.results)
	if p.Blocked != "" {
		e.fail("agent", name, "see docs/operations.md, When delivery fails", "delivery fails: %s", p.Blocked)
	}
	if left := p.SecondsUntilLoss; left != nil && *left < near {
		e.fail("agent", name, "mend the output, or give the guard more room (disk.max_bytes)", "records that are not shipped get deleted in %.0f s", *left)
	}
	if p.LagSeconds != nil && *p.LagSeconds > late {
		e.warn("agent", name, "look at the output, rate_limit and batch", "the oldest event that waits is %.0f s old, %s behind it", *p.LagSeconds, size(*p.LagBytes))
	}
	if p.Gaps > 0 {
		e.warn("agent", name, "auditship status tells of each", "%d gaps since its first start", p.Gaps)
	}
	if p.Letters.Letters > 0 {
		e.warn("agent", name, "auditship dead-letters list", "%d dead letters", p.Letters.Letters)
	}
	if p.Server != nil && p.Server.Missing > 0 {
		e.warn("agent", name, "see docs/operations.md, Is the log complete?", "%d events that kube-apiserver counted are not in its log", p.Server.Missing)
	}
	if len(e.results) == before {
		e.ok("agent", name, "%s", fmt.Sprintf("%d events read, %d delivered, none waits for long", p.Read, p.Delivered))
	}
}
