package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// TestTierFromEnd: where a group begins at the end, that is the end when it began, also if the aggregator is killed before it has read
// anything.
func TestTierFromEnd(t *testing.T) {
	const before, after = 300, 200 // events
	startKafka(t)
	admin := kafkaAdmin(t, kafka.Plain)
	createTopic(t, admin, "audit-end", 3, 1)
	writer, lines := newWriter(t, newDir(t), 100, 5), generator(t, 11)
	ship := func(n int) {
		for range n {
			must(t, writer.Write(lines.Append(nil, time.Now())))
		}
	}
	bus := toKafka("end")
	bus.Kafka.Key = "none"
	source := start(t, newConfig(t, newDir(t), writer.Path, []destination{bus}))
	dir := newDir(t)
	archive := toFile(dir, "archive", agent.File{})
	config := newConfig(t, dir, writer.Path, []destination{archive})
	config.Inputs = []agent.Input{fromTopic("audit-end", "end", []string{kafka.SASLTLS}, kafka.CAFile)}
	config.Inputs[0].Kafka.Start = "end"
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	ship(before)
	must(t, source.AwaitSettled(ctx, before, "bus"))
	process := start(t, config)
	awaitMembers(t, admin, "end-archive", 1)
	awaitGroup(ctx, t, admin, "end-archive")
	process.Kill()
	ship(after)
	settle(t, source, before+after, time.Minute, "bus")
	process = start(t, config)
	must(t, process.AwaitSettled(ctx, after, "archive"))
	must(t, process.Stop(ctx))
	must(t, writer.Close())
	var got verify.Log
	must(t, got.ReadFile(archive.File.Path))
	if got.Len() != after || got.Repeats > 0 {
		t.Errorf("%d events are there, want %d", got.Len(), after)
	}
}
