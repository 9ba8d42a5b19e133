package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/auditship/auditship/e2e/verify"
)

// TestTierAdded: while a topic is missing the others are read. What is put into a partition or a topic that is added after the group has
// begun at the end is read from its beginning, also if no aggregator ran when it was added.
func TestTierAdded(t *testing.T) {
	const before, first, added, late = 300, 200, 100, 50 // events
	r := newRelay(t, "added", 13, 2)
	input := r.config.Inputs[0].Kafka
	input.Start, input.Topics = "end", append(input.Topics, "audit-added-later")
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()

	r.write(t, before)
	must(t, r.source.AwaitSettled(ctx, before, "bus"))
	process := start(t, r.config)
	awaitMembers(t, r.admin, "added-archive", 1)
	awaitGroup(ctx, t, r.admin, "added-archive")
	r.write(t, first)
	must(t, process.AwaitSettled(ctx, first, "archive"))
	must(t, process.Stop(ctx))

	answers, err := r.admin.CreatePartitions(ctx, 1, "audit-added")
	must(t, err)
	must(t, answers.Error())
	r.produce(ctx, t, "audit-added", 2, added)
	process = start(t, r.config)
	must(t, process.AwaitSettled(ctx, first+added, "archive"))
	createTopic(t, r.admin, "audit-added-later", 1, 1)
	r.produce(ctx, t, "audit-added-later", 0, late)
	must(t, process.AwaitSettled(ctx, first+added+late, "archive"))
	must(t, process.Stop(ctx))
	must(t, r.writer.Close())
	var got verify.Log
	must(t, got.ReadFile(r.archive.File.Path))
	if got.Len() != first+added+late || got.Repeats > 0 {
		t.Errorf("%d events are there, want %d", got.Len(), first+added+late)
	}
}

// produce puts lines into a partition that the source may not know yet.
func (r *relay) produce(ctx context.Context, t *testing.T, topic string, partition int32, n int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Plain), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer client.Close()
	for range n {
		record := &kgo.Record{Topic: topic, Partition: partition, Value: r.lines.Append(nil, time.Now())}
		for {
			err := client.ProduceSync(ctx, record).FirstErr()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				t.Fatal(err)
			}
			pause(t, 100*time.Millisecond) // the broker may not know of it yet
		}
	}
}
