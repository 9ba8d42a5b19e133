package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/verify"
)

// TestTierFromEnd: where a group begins at the end, that is the end when it began, also if the aggregator is killed before it has read
// anything.
func TestTierFromEnd(t *testing.T) {
	const before, after = 300, 200 // events
	r := newRelay(t, "end", 11, 3)
	r.config.Inputs[0].Kafka.Start = "end"
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	r.write(t, before)
	must(t, r.source.AwaitSettled(ctx, before, "bus"))
	process := start(t, r.config)
	awaitMembers(t, r.admin, "end-archive", 1)
	awaitGroup(ctx, t, r.admin, "end-archive")
	process.Kill()
	r.write(t, after)
	settle(t, r.source, before+after, time.Minute, "bus")
	process = start(t, r.config)
	must(t, process.AwaitSettled(ctx, after, "archive"))
	must(t, process.Stop(ctx))
	must(t, r.writer.Close())
	var got verify.Log
	must(t, got.ReadFile(r.archive.File.Path))
	if got.Len() != after || got.Repeats > 0 {
		t.Errorf("%d events are there, want %d", got.Len(), after)
	}
}
