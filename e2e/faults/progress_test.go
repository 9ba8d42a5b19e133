package faults

import (
	"context"
	"slices"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// caughtUp tells whether what was hit delivers again, and lags by no more than what comes in within two seconds.
func (r *run) caughtUp(since, now agent.Metrics) bool {
	for _, name := range r.hit() {
		if now.Events(name, "delivered") <= since.Events(name, "delivered") ||
			now.Sum("auditship_lag_bytes", agent.Labels{"output": name}) > float64(2*r.rate()) {
			return false
		}
	}
	return true
}

// unhit is the least number of events that an output which is not hit delivered between two scrapes.
func (r *run) unhit(before, now agent.Metrics) int {
	least := -1
	for _, name := range all {
		n := now.Events(name, "delivered") - before.Events(name, "delivered")
		if !slices.Contains(r.hit(), name) && (least < 0 || n < least) {
			least = n
		}
	}
	return least
}

func (r *run) await(what string, done func(agent.Metrics) bool) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), progressLimit+r.lasts)
	defer cancel()
	if err := r.process.Await(ctx, done); err != nil {
		r.Fatalf("no %s: %v", what, err)
	}
}

func (r *run) scrape() (metrics agent.Metrics) {
	r.Helper()
	r.await("answer", func(m agent.Metrics) bool {
		metrics = m
		return true
	})
	return metrics
}

func (r *run) pause(d time.Duration) {
	select {
	case <-r.Context().Done():
		r.Fatal(r.Context().Err())
	case <-time.After(d):
	}
}

func delivered(m agent.Metrics, outputs []string, atLeast int) bool {
	for _, name := range outputs {
		if m.Events(name, "delivered") < atLeast {
			return false
		}
	}
	return true
}
