package kafka

import (
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"github.com/auditship/auditship/outputs"
)

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		rights        int32
		code          kafka.Error
		leaderless    bool
		found, doubts int
		reason        string
	}{
		"may write":      {rights: mayWrite | mayDescribe, found: 2},
		"may not":        {rights: mayDescribe, reason: "not_authorized"},
		"old brokers":    {rights: 0, found: 1, doubts: 1},
		"no authorizer":  {rights: notTold, found: 1, doubts: 1},
		"no leader":      {rights: mayWrite | mayDescribe, leaderless: true, found: 2, doubts: 1},
		"no topic":       {code: kafka.UnknownTopicOrPartition, reason: "topic_missing"},
		"may not see it": {code: kafka.TopicAuthorizationFailed, reason: "not_authorized"},
	} {
		b := newBroker(t, 3)
		b.probed = func(r *metadata.Response) {
			r.Topics[0].TopicAuthorizedOperations, r.Topics[0].ErrorCode = c.rights, int16(c.code)
			if c.leaderless {
				r.Topics[0].Partitions[1].LeaderID = -1
			}
		}
		p, err := newOutput(t, b, Config{Topic: "audit"}).Probe(t.Context())
		switch {
		case c.reason != "" && (err == nil || outputs.FaultOf(err).Reason != c.reason || !outputs.FaultOf(err).Blocked):
			t.Errorf("%s: %v", name, err)
		case c.reason == "" && (err != nil || len(p.Found) != c.found || len(p.Doubts) != c.doubts):
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if b.requests > 0 {
			t.Errorf("%s: something was produced", name)
		}
	}
}

func TestProbeOfNobody(t *testing.T) {
	o, err := New(Config{Brokers: []string{"127.0.0.1:1"}, Topic: "audit"}, outputs.Env{Timeout: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if _, err := o.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}
