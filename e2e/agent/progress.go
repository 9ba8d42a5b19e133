package agent

import (
	"context"
	"fmt"
	"time"
)

// Names of the agent's metrics that the tests read.
const (
	eventsTotal = "auditship_events_total"
	lagBytes    = "auditship_lag_bytes"
	AckLatency  = "auditship_ack_latency_seconds"
)

const progressPoll = 200 * time.Millisecond

// Events is how many events of an output came to a result: read, delivered, filtered, dead_lettered, duplicate.
func (m Metrics) Events(output, result string) int {
	return int(m.Sum(eventsTotal, Labels{"output": output, "result": result}))
}

// settled tells whether an output has delivered, filtered or dead-lettered everything there is.
func (m Metrics) settled(output string) bool {
	done := m.Events(output, "delivered") + m.Events(output, "filtered") + m.Events(output, "dead_lettered")
	read := m.Events(output, "read")
	return m.Has(lagBytes) && read > 0 && done == read && m.Sum(lagBytes, Labels{"output": output}) == 0
}

// AwaitSettled waits until the given outputs have caught up with a log of so many lines that no longer grows. The agent's
// lag alone does not tell: it may not have seen the last lines yet.
func (p *Process) AwaitSettled(ctx context.Context, lines int, outputs ...string) error {
	return p.Await(ctx, func(m Metrics) bool {
		for _, output := range outputs {
			if m.Events(output, "read") < lines || !m.settled(output) {
				return false
			}
		}
		return true
	})
}

// Await scrapes until done says so, the agent ends or ctx does.
func (p *Process) Await(ctx context.Context, done func(Metrics) bool) error {
	poll := time.NewTicker(progressPoll)
	defer poll.Stop()
	for {
		metrics, err := p.Metrics(ctx)
		if err == nil && done(metrics) {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("wait for the agent's progress: it ended: %w", p.err)
		case <-ctx.Done():
			return fmt.Errorf("wait for the agent's progress: %w\n%s", ctx.Err(), metrics.ledger())
		case <-poll.C:
		}
	}
}

// ledger is what a scrape says about each output, for messages.
func (m Metrics) ledger() (text string) {
	for _, metric := range m[lagBytes].GetMetric() {
		for _, label := range metric.GetLabel() {
			if name := label.GetValue(); label.GetName() == "output" {
				text += fmt.Sprintf("%s: read %d delivered %d filtered %d dead-lettered %d, lag %.0f bytes\n", name,
					m.Events(name, "read"), m.Events(name, "delivered"), m.Events(name, "filtered"),
					m.Events(name, "dead_lettered"), metric.GetGauge().GetValue())
			}
		}
	}
	return text
}
