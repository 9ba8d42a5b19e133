package pipeline

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// Exchange has the events of the next batch judged by other rules. It may be called at any time after New.
func (p *Pipeline) Exchange(r *rules.Rules) { p.decisions.Exchange(r) }

// decide judges an event. All of a batch is judged by the same rules; one that must have an exact number of events is the one
// before a crash once more, and keeps the rules of the start.
func (c *collector) decide(b *batch, e *event.Event) rules.Decision {
	if b.counts.Read == 0 && c.exact == 0 {
		c.decisions.Refresh()
	}
	return c.decisions.Decide(e)
}
