package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// broker behaves as a Kafka cluster does towards idempotent producers, in memory: it stands where kafka-go's Transport
// does. What it knows of sequences follows ProducerStateManager and ProducerAppendInfo of Kafka.
type broker struct {
	t        *testing.T
	mu       sync.Mutex
	cluster  string
	leaders  int // partitions are spread over so many
	limit    int // max.message.bytes
	next     int64
	logs     []partitionLog
	requests int // to produce

	probed   func(*metadata.Response)                              // changes what a probe is told
	metadata func() kafka.Error                                    // fails metadata, if set
	before   func(partition int32, count int) (kafka.Error, error) // decides before anything is stored, if set
	after    func(partition int32, count int) (kafka.Error, error) // decides about the answer to what is stored, if set
}

// partitionLog is one partition.
type partitionLog struct {
	records   []record
	producers map[int64][]sent // the last batches of each producer, newest last
}

type record struct {
	id, key, node string
	value         string
	stamp         time.Time
}

// sent is one batch of a producer.
type sent struct {
	epoch       int16
	first, last int32
	stamp       int64
}

const brokerRemembers = 5

var errCut = errors.New("connection reset")

func newBroker(t *testing.T, partitions int) *broker {
	b := &broker{t: t, cluster: "c1", leaders: 2, limit: brokerLimit, next: 100}
	b.grow(partitions)
	return b
}

func (b *broker) grow(partitions int) {
	for len(b.logs) < partitions {
		b.logs = append(b.logs, partitionLog{producers: map[int64][]sent{}})
	}
}

// restart leaves what a snapshot of the producers holds: their last batches.
func (b *broker) restart() {
	for _, l := range b.logs {
		for id, batches := range l.producers {
			l.producers[id] = batches[len(batches)-1:]
		}
	}
}

// RoundTrip answers one request.
func (b *broker) RoundTrip(ctx context.Context, _ net.Addr, request kafka.Request) (kafka.Response, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch r := request.(type) {
	case *metadata.Request:
		return b.describe(r.TopicNames[0]), nil
	case *probeRequest:
		asked, merger, err := r.Split(protocol.Cluster{})
		if q, ok := asked[0].(*metadata.Request); err != nil || !ok || q.AllowAutoTopicCreation || !q.IncludeTopicAuthorizedOperations {
			b.t.Errorf("a probe asked %+v, %v", asked[0], err)
		}
		answer := b.describe(r.topic)
		b.probed(answer)
		return merger.Merge(asked, []any{answer})
	case *producerRequest:
		b.next++
		return &initproducerid.Response{ProducerID: b.next}, nil
	case *rawproduce.Request:
		b.requests++
		if r.Acks != int16(kafka.RequireAll) {
			b.t.Errorf("acks %d: what only the leader has is lost with it", r.Acks)
		}
		return b.produce(r)
	}
	b.t.Errorf("unexpected request %T", request)
	return nil, errors.ErrUnsupported
}

func (b *broker) describe(topic string) *metadata.Response {
	t := metadata.ResponseTopic{Name: topic}
	if b.metadata != nil {
		t.ErrorCode = int16(b.metadata())
	}
	for i := range b.logs {
		t.Partitions = append(t.Partitions, metadata.ResponsePartition{PartitionIndex: int32(i), LeaderID: int32(i % b.leaders)})
	}
	return &metadata.Response{ClusterID: b.cluster, Topics: []metadata.ResponseTopic{t}}
}

func (b *broker) produce(r *rawproduce.Request) (kafka.Response, error) {
	topic := produce.ResponseTopic{Topic: r.Topics[0].Topic}
	for _, p := range r.Topics[0].Partitions {
		code, stamp, err := b.store(p.Partition, p.RecordSet.Reader)
		if err != nil {
			return nil, err
		}
		topic.Partitions = append(topic.Partitions, produce.ResponsePartition{Partition: p.Partition, ErrorCode: int16(code), LogAppendTime: stamp})
	}
	return &produce.Response{Topics: []produce.ResponseTopic{topic}}, nil
}

func (b *broker) store(partition int32, set io.Reader) (kafka.Error, int64, error) {
	batch, size := readBatch(b.t, set)
	count := len(batch.records)
	if b.before != nil {
		if code, err := b.before(partition, count); code != 0 || err != nil {
			return code, -1, err
		}
	}
	if size > b.limit {
		return kafka.MessageSizeTooLarge, -1, nil
	}
	l := &b.logs[partition]
	code, stamp := l.append(batch)
	if code == 0 && b.after != nil {
		if code, err := b.after(partition, count); code != 0 || err != nil {
			return code, -1, err
		}
	}
	return code, stamp, nil
}

// append stores a batch unless the producer's sequence forbids it, or shows that it is stored.
func (l *partitionLog) append(batch decoded) (kafka.Error, int64) {
	s := sent{batch.epoch, batch.sequence, advance(batch.sequence, len(batch.records)-1), batch.maxStamp}
	before := l.producers[batch.producer]
	for _, old := range before {
		if old.epoch == s.epoch && old.first == s.first && old.last == s.last {
			return 0, old.stamp
		}
	}
	if len(before) > 0 && s.first != advance(before[len(before)-1].last, 1) {
		return kafka.OutOfOrderSequenceNumber, -1
	}
	before = append(before, s)
	l.producers[batch.producer] = before[max(0, len(before)-brokerRemembers):]
	l.records = append(l.records, batch.records...)
	return 0, -1
}

// decoded is a record batch as kafka-go reads it.
type decoded struct {
	producer int64
	epoch    int16
	sequence int32
	maxStamp int64
	records  []record
	codec    protocol.Attributes
}

func readBatch(t *testing.T, set io.Reader) (decoded, int) {
	t.Helper()
	var rs protocol.RecordSet
	size, err := rs.ReadFrom(set)
	if err != nil {
		t.Fatalf("read record set: %v", err)
	}
	stream := rs.Records.(*protocol.RecordStream)
	if len(stream.Records) != 1 {
		t.Fatalf("%d batches in a record set, want 1", len(stream.Records))
	}
	b := stream.Records[0].(*protocol.RecordBatch)
	d := decoded{producer: b.ProducerID, epoch: b.ProducerEpoch, sequence: b.BaseSequence, codec: rs.Attributes}
	for {
		r, err := b.ReadRecord()
		if errors.Is(err, io.EOF) {
			return d, int(size) - batchAt
		}
		if err != nil {
			t.Fatalf("read record: %v", err)
		}
		d.records = append(d.records, readRecord(t, r))
		d.maxStamp = max(d.maxStamp, r.Time.UnixMilli())
	}
}

func readRecord(t *testing.T, r *protocol.Record) record {
	t.Helper()
	key, _ := protocol.ReadAll(r.Key)
	value, err := protocol.ReadAll(r.Value)
	if err != nil || len(r.Headers) != headerCount {
		t.Fatalf("record with %d headers: %v", len(r.Headers), err)
	}
	s := record{key: string(key), value: string(value), stamp: r.Time}
	for _, h := range r.Headers {
		switch h.Key {
		case "auditship-id":
			s.id = string(h.Value)
		case "auditship-node":
			s.node = string(h.Value)
		}
	}
	return s
}
