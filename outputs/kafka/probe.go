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

// probeRequest is a request for metadata that kafka-go sends, instead of answering it from what it remembers.
type probeRequest metadata.Request

func (*probeRequest) ApiKey() protocol.ApiKey { return protocol.Metadata }

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
	answer, err := o.link.roundTrip(ctx, &probeRequest{TopicNames: []string{o.link.topicName}, IncludeTopicAuthorizedOperations: true})
	if err != nil {
		return p, faultOf(err)
	}
	r, ok := answer.(*metadata.Response)
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
