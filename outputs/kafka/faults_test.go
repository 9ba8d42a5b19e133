package kafka

import (
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/outputs"
)

func TestFaultsOfCodes(t *testing.T) {
	for code, want := range map[kafka.Error]struct {
		verdict verdict
		reason  string
		blocked bool
	}{
		kafka.RequestTimedOut:              {unclear, "timed_out", false},
		kafka.NotEnoughReplicasAfterAppend: {unclear, "not_enough_replicas", false},
		kafka.NotEnoughReplicas:            {untouched, "not_enough_replicas", false},
		kafka.NotLeaderForPartition:        {unclear, "no_leader", false},
		kafka.UnknownTopicOrPartition:      {unclear, "topic_missing", false},
		kafka.TopicAuthorizationFailed:     {untouched, "not_authorized", true},
		kafka.ClusterAuthorizationFailed:   {untouched, "not_authorized", true},
		kafka.UnsupportedCompressionType:   {untouched, "unsupported", true},
		kafka.KafkaStorageError:            {unclear, "broker_error", false},
		kafka.DuplicateSequenceNumber:      {stored, "broker_error", false},
		kafka.RecordListTooLarge:           {tooLarge, "broker_error", false},
		kafka.Error(9999):                  {unclear, "broker_error", false},
	} {
		f := faultOfCode(3, code)
		if verdictOf(code) != want.verdict || f.Reason != want.reason || f.Blocked != want.blocked || f.Permanent {
			t.Errorf("%d: verdict %d, %+v", int(code), verdictOf(code), f)
		}
		if f.Blocked != (f.Err != nil) || !strings.Contains(f.Error(), "partition 3") {
			t.Errorf("%d: %v", int(code), f)
		}
	}
}

// What only a human can mend is what the alarm must name, whichever partition it came from.
func TestWorstFaultCounts(t *testing.T) {
	b, d, events := newBroker(t, 3), newDisk(), fixture(t)
	b.before = func(partition int32, _ int) (kafka.Error, error) {
		return []kafka.Error{kafka.NotEnoughReplicas, kafka.TopicAuthorizationFailed, kafka.NotEnoughReplicas}[partition], nil
	}
	_, err := d.write(t.Context(), d.start(t, b, Config{Key: "none"}), events)
	if f := outputs.FaultOf(err); !f.Blocked || f.Reason != "not_authorized" {
		t.Errorf("got %v", err)
	}
}
