package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/auditship/auditship/e2e/agent"
)

// TestTierGap: events that Kafka deletes before an aggregator has read them are a gap that it tells of, and all others arrive.
func TestTierGap(t *testing.T) {
	const first, second, deleted = 500, 1500, 1000 // events; deleted counts from the topic's beginning
	startKafka(t)
	admin := kafkaAdmin(t, kafka.Plain)
	createTopic(t, admin, "audit-gap", 1, 1)
	writer, lines := newWriter(t, newDir(t), 100, 5), generator(t, 10)
	ship := func(n int) {
		for range n {
			must(t, writer.Write(lines.Append(nil, time.Now())))
		}
	}
	bus := toKafka("gap")
	source := start(t, newConfig(t, newDir(t), writer.Path, []destination{bus}))
	dir := newDir(t)
	archive := toFile(dir, "archive", agent.File{})
	config := newConfig(t, dir, writer.Path, []destination{archive})
	config.Inputs = []agent.Input{fromTopic("audit-gap", "gap", []string{kafka.SASLTLS}, kafka.CAFile)}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	ship(first)
	process := start(t, config)
	must(t, process.AwaitSettled(ctx, first, "archive"))
	must(t, process.Stop(ctx)) // the group is at first
	ship(second)
	settle(t, source, first+second, time.Minute, "bus")
	var until kadm.Offsets
	until.Add(kadm.Offset{Topic: "audit-gap", Partition: 0, At: deleted})
	answers, err := admin.DeleteRecords(ctx, until)
	must(t, err)
	must(t, answers.Error())

	process = start(t, config)
	must(t, process.AwaitSettled(ctx, first+second-(deleted-first), "archive")) // its books go on
	if gaps := scrape(t, process).Sum("auditship_gaps_total", nil); gaps != 1 {
		t.Errorf("%v gaps, want 1", gaps)
	}
	must(t, process.Stop(ctx))
	must(t, writer.Close())
	result, err := readJournal(t, writer).Compare("archive", archive.read(ctx))
	must(t, err)
	t.Log(result)
	if result.Missing != deleted-first || result.Doubled+result.Extra+result.Altered > 0 {
		t.Errorf("want %d missing", deleted-first)
	}
}
