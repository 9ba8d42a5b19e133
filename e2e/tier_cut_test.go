package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// TestTierCut: a partition that ends before the group's offset, as after an unclean election, is read on from where it ends, which is told as a
// gap; what is written there from then on is not passed over, although it has offsets that the group was behind already.
func TestTierCut(t *testing.T) {
	const first, second, ahead = 500, 700, 300 // events
	r := newRelay(t, "cut", 12, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	r.ship(ctx, t, first)
	var beyond kadm.Offsets // what the group would have, had Kafka lost messages that it had read
	beyond.Add(kadm.Offset{Topic: "audit-cut", Partition: 0, At: first + ahead})
	must(t, r.admin.CommitAllOffsets(ctx, "cut-archive", beyond))

	process := start(t, r.config)
	for ctx.Err() == nil {
		if metrics, err := process.Metrics(ctx); err == nil && metrics.Sum("auditship_gaps_total", nil) > 0 { // it may not listen yet
			break
		}
		pause(t, 100*time.Millisecond)
	}
	r.write(t, second)
	settle(t, r.source, first+second, time.Minute, "bus")
	must(t, process.AwaitSettled(ctx, first+second, "archive"))
	if result := r.judge(ctx, t, process); !result.Exact() {
		t.Error(result)
	}
}
