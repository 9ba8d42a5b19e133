package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// TestTierGap: events that Kafka deletes before an aggregator has read them are a gap that it tells of, and all others arrive.
func TestTierGap(t *testing.T) {
	const first, second, deleted = 500, 1500, 1000 // events; deleted counts from the topic's beginning
	r := newRelay(t, "gap", 10, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	r.ship(ctx, t, first) // the group is at first
	r.write(t, second)
	settle(t, r.source, first+second, time.Minute, "bus")
	var until kadm.Offsets
	until.Add(kadm.Offset{Topic: "audit-gap", Partition: 0, At: deleted})
	answers, err := r.admin.DeleteRecords(ctx, until)
	must(t, err)
	must(t, answers.Error())

	process := start(t, r.config)
	must(t, process.AwaitSettled(ctx, first+second-(deleted-first), "archive")) // its books go on
	result := r.judge(ctx, t, process)
	t.Log(result)
	if result.Missing != deleted-first || result.Doubled+result.Extra+result.Altered > 0 {
		t.Errorf("want %d missing", deleted-first)
	}
}
