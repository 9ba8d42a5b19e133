package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/sasl"

	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/credentials"
)

// link is the way to the brokers: connections, certificates, logins, and what they say of the topic.
type link struct {
	topicName string
	timeout   time.Duration
	addr      net.Addr
	dialer    *dialer
	login     sasl.Mechanism      // nil: none
	tls       *credentials.Client // nil: no TLS
	config    *tls.Config         // what trips was made with
	trips     kafka.RoundTripper  // nil: to be made
	asked     bool                // for a topic that was missing
}

func newLink(cfg Config, timeout time.Duration) (*link, error) {
	l := &link{topicName: cfg.Topic, timeout: timeout, addr: kafka.TCP(cfg.Brokers...)}
	l.dialer = newDialer(max(time.Second, timeout/time.Duration(max(1, len(cfg.Brokers)))))
	if cfg.TLS != nil {
		l.tls = credentials.NewClient(cfg.TLS)
	}
	if cfg.SASL != nil {
		l.login = NewLogin(cfg.SASL)
	}
	return l, nil
}

// connect makes what round trips need, again if certificates have changed. It does not wait for a broker.
func (l *link) connect() error {
	config := l.config
	if l.tls != nil {
		var err error
		if config, err = l.tls.Config(); err != nil {
			return &outputs.Fault{Reason: "credentials", Blocked: true, Err: err}
		}
	}
	if l.trips != nil && config == l.config {
		return nil
	}
	l.drop()
	l.config = config
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return l.dialer.dial(ctx, network, address, config)
	}
	l.trips = &kafka.Transport{
		ClientID: "auditship", MetadataTopics: []string{l.topicName}, SASL: l.login, Dial: dial,
		DialTimeout: l.timeout, IdleTimeout: 5 * time.Minute, MetadataTTL: time.Minute,
	}
	return nil
}

// drop closes all connections. The next round trip opens new ones and asks for the topic's leaders.
func (l *link) drop() {
	if idle, ok := l.trips.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	l.dialer.closeAll()
}

func (l *link) roundTrip(ctx context.Context, request protocol.Message) (protocol.Message, error) {
	return l.trips.RoundTrip(ctx, l.addr, request)
}

// topic is what the brokers say of the topic.
type topic struct {
	cluster string
	leaders []int32 // broker of each partition; -1: none at present
}

// topic asks for the topic, and for its creation if it is missing. What was asked within the last minute is remembered.
func (l *link) topic(ctx context.Context) (topic, error) {
	if err := l.connect(); err != nil {
		return topic{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	response, err := l.roundTrip(ctx, &metadata.Request{TopicNames: []string{l.topicName}, AllowAutoTopicCreation: true})
	if err != nil {
		return topic{}, faultOf(err)
	}
	r, ok := response.(*metadata.Response)
	if !ok || len(r.Topics) != 1 {
		return topic{}, &outputs.Fault{Reason: "broker_error", Err: errors.New("read metadata: no answer for the topic")}
	}
	if code := kafka.Error(r.Topics[0].ErrorCode); code != 0 {
		return topic{}, l.missing(code)
	}
	if len(r.Topics[0].Partitions) == 0 {
		return topic{}, codeFault(kafka.LeaderNotAvailable)
	}
	l.asked = false
	return topic{r.ClusterID, leadersOf(r.Topics[0].Partitions)}, nil
}

// missing is the fault for a topic that the brokers do not show. The first time it may be on its way.
func (l *link) missing(code kafka.Error) *outputs.Fault {
	f := codeFault(code)
	if f.Reason == "topic_missing" && l.asked {
		f.Blocked = true
		f.Err = fmt.Errorf("create the topic %q, or let the user see it (Describe)", l.topicName)
	}
	l.asked = true
	return f
}

func leadersOf(partitions []metadata.ResponsePartition) []int32 {
	leaders := make([]int32, len(partitions))
	for i := range leaders {
		leaders[i] = -1
	}
	for _, p := range partitions {
		if int(p.PartitionIndex) < len(leaders) {
			leaders[p.PartitionIndex] = p.LeaderID
		}
	}
	return leaders
}

// producerRequest is InitProducerID without kafka-go's routing by transactional ID, which would look for the
// coordinator of the transaction "", and make brokers create a topic for it.
type producerRequest initproducerid.Request

func (*producerRequest) ApiKey() protocol.ApiKey { return protocol.InitProducerId }

// newProducer asks for a producer ID that nobody has used.
func (l *link) newProducer(ctx context.Context) (producer, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	response, err := l.roundTrip(ctx, &producerRequest{ProducerID: -1, ProducerEpoch: -1})
	if err != nil {
		return producer{}, faultOf(err)
	}
	r, ok := response.(*initproducerid.Response)
	if !ok {
		return producer{}, &outputs.Fault{Reason: "broker_error", Err: errors.New("ask for a producer ID: no answer")}
	}
	if r.ErrorCode != 0 {
		return producer{}, codeFault(kafka.Error(r.ErrorCode))
	}
	return producer{r.ProducerID, r.ProducerEpoch}, nil
}
