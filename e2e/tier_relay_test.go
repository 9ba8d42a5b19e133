package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/verify"
)

// relay is the smallest tier: an agent ships a log to a topic, and an aggregator, which the test starts, reads that into a file.
type relay struct {
	admin   *kadm.Client
	writer  *auditlog.Writer
	lines   *auditlog.Generator
	source  *agent.Process
	config  *agent.Config // of the aggregator
	archive destination   // its output
}

// newRelay has the topic audit-NAME; the aggregator's group is NAME-archive.
func newRelay(t *testing.T, name string, seed uint64, partitions int32) *relay {
	t.Helper()
	startKafka(t)
	dir := newDir(t)
	r := &relay{admin: kafkaAdmin(t, kafka.Plain), writer: newWriter(t, newDir(t), 100, 5), lines: generator(t, seed), archive: toFile(dir, "archive", agent.File{})}
	createTopic(t, r.admin, "audit-"+name, partitions, 1)
	bus := toKafka(name)
	bus.Kafka.Key = "none" // the lines of one node, over all partitions
	r.source = start(t, newConfig(t, newDir(t), r.writer.Path, []destination{bus}))
	r.config = newConfig(t, dir, r.writer.Path, []destination{r.archive})
	r.config.Inputs = []agent.Input{fromTopic("audit-"+name, name, []string{kafka.SASLTLS}, kafka.CAFile)}
	return r
}

// write adds so many lines to the log.
func (r *relay) write(t *testing.T, n int) {
	t.Helper()
	for range n {
		must(t, r.writer.Write(r.lines.Append(nil, time.Now())))
	}
}

// ship has an aggregator take so many lines, and stops it.
func (r *relay) ship(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	r.write(t, n)
	process := start(t, r.config)
	must(t, process.AwaitSettled(ctx, n, "archive"))
	must(t, process.Stop(ctx))
}

// judge stops an aggregator that has told of one gap, and holds what arrived against the log.
func (r *relay) judge(ctx context.Context, t *testing.T, process *agent.Process) *verify.Result {
	t.Helper()
	if gaps := scrape(t, process).Sum("auditship_gaps_total", nil); gaps != 1 {
		t.Errorf("%v gaps, want 1", gaps)
	}
	must(t, process.Stop(ctx))
	must(t, r.writer.Close())
	result, err := readJournal(t, r.writer).Compare("archive", r.archive.read(ctx))
	must(t, err)
	return result
}
