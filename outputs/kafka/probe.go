package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"github.com/auditship/auditship/outputs"
)

// probeRequest is a request for metadata that kafka-go sends, instead of answering it from what it remembers: that is asked
// without what the user may do. It takes requests for metadata as such only where they are not split.
type probeRequest struct{ topic string }

func (*probeRequest) ApiKey() protocol.ApiKey { return protocol.Metadata }

func (r *probeRequest) Split(protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	return []protocol.Message{&metadata.Request{TopicNames: []string{r.topic}, IncludeTopicAuthorizedOperations: true}}, r, nil
}

func (r *probeRequest) Merge(_ []protocol.Message, results []any) (protocol.Message, error) {
	answer, err := protocol.Result(results[0])
	if err != nil {
		return nil, err
	}
	found, ok := answer.(*metadata.Response)
	if !ok {
		return nil, errors.New("read metadata: another answer")
	}
	return &probeAnswer{found}, nil
}

type probeAnswer struct{ *metadata.Response }

// Codes of operations in the bits of TopicAuthorizedOperations (org.apache.kafka.common.acl.AclOperation, KIP-430). The lowest
// int32 is what brokers before 2.3 say, and kafka-go for them nothing: 0.
const (
	mayWrite    = 1 << 4
	mayDescribe = 1 << 8
	notTold     = -1 << 31
)

// Probe logs in, and asks for the topic, its leaders and what the user may do with it. It creates no topic.
func (o *Output) Probe(ctx context.Context) (p outputs.Probe, err error) {
	if err := o.link.connect(); err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.link.timeout)
	defer cancel()
	answer, err := o.link.roundTrip(ctx, &probeRequest{o.link.topicName})
	if err != nil {
		return p, faultOf(err)
	}
	r, ok := answer.(*probeAnswer)
	if !ok || len(r.Topics) != 1 {
		return p, &outputs.Fault{Reason: "broker_error", Err: errors.New("read metadata: no answer for the topic")}
	}
	if code := kafka.Error(r.Topics[0].ErrorCode); code != 0 {
		o.link.asked = true
		return p, o.link.missing(code)
	}
	p.Found = append(p.Found, fmt.Sprintf("topic %s with %d partitions", o.link.topicName, len(r.Topics[0].Partitions)))
	for i, leader := range leadersOf(r.Topics[0].Partitions) {
		if leader < 0 {
			p.Doubts = append(p.Doubts, fmt.Sprintf("partition %d has no leader: its events wait", i))
		}
	}
	switch rights := r.Topics[0].TopicAuthorizedOperations; {
	case rights == 0 || rights == notTold:
		p.Doubts = append(p.Doubts, "the brokers do not tell what the user may do")
	case rights&mayWrite == 0:
		return p, codeFault(kafka.TopicAuthorizationFailed)
	case rights&mayDescribe != 0:
		p.Found = append(p.Found, "the user may write to it")
	}
	return p, nil
}

var _ outputs.Prober = (*Output)(nil)
