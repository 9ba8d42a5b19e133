package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/auditship/auditship/e2e/agent"
)

// TestTierCut: a partition that ends before the group's offset, as after an unclean election, is read on from where it ends, which is told as a
// gap; what is written there from then on is not passed over, although it has offsets that the group was behind already.
func TestTierCut(t *testing.T) {
	const first, second, ahead = 500, 700, 300 // events
	startKafka(t)
	admin := kafkaAdmin(t, kafka.Plain)
	createTopic(t, admin, "audit-cut", 1, 1)
	writer, lines := newWriter(t, newDir(t), 100, 5), generator(t, 12)
	ship := func(n int) {
		for range n {
			must(t, writer.Write(lines.Append(nil, time.Now())))
		}
	}
	bus := toKafka("cut")
	source := start(t, newConfig(t, newDir(t), writer.Path, []destination{bus}))
	dir := newDir(t)
	archive := toFile(dir, "archive", agent.File{})
	config := newConfig(t, dir, writer.Path, []destination{archive})
	config.Inputs = []agent.Input{fromTopic("audit-cut", "cut", []string{kafka.SASLTLS}, kafka.CAFile)}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	ship(first)
	process := start(t, config)
	must(t, process.AwaitSettled(ctx, first, "archive"))
	must(t, process.Stop(ctx))
	var beyond kadm.Offsets // what the group would have, had Kafka lost messages that it had read
	beyond.Add(kadm.Offset{Topic: "audit-cut", Partition: 0, At: first + ahead})
	must(t, admin.CommitAllOffsets(ctx, "cut-archive", beyond))

	process = start(t, config)
	for ctx.Err() == nil {
		if metrics, err := process.Metrics(ctx); err == nil && metrics.Sum("auditship_gaps_total", nil) > 0 { // it may not listen yet
			break
		}
		pause(t, 100*time.Millisecond)
	}
	ship(second)
	settle(t, source, first+second, time.Minute, "bus")
	must(t, process.AwaitSettled(ctx, first+second, "archive"))
	if gaps := scrape(t, process).Sum("auditship_gaps_total", nil); gaps != 1 {
		t.Errorf("%v gaps, want 1", gaps)
	}
	must(t, process.Stop(ctx))
	must(t, writer.Close())
	result, err := readJournal(t, writer).Compare("archive", archive.read(ctx))
	must(t, err)
	if result.Missing+result.Doubled+result.Extra+result.Altered > 0 {
		t.Error(result)
	}
}
