package kafka

import (
	"context"
	"net"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"

	"github.com/auditship/auditship/agent/event"
)

// taker takes whatever is produced to a topic of six partitions.
type taker struct{ bytes int64 }

func (k *taker) RoundTrip(_ context.Context, _ net.Addr, request kafka.Request) (kafka.Response, error) {
	switch r := request.(type) {
	case *metadata.Request:
		partitions := make([]metadata.ResponsePartition, 6)
		for i := range partitions {
			partitions[i].PartitionIndex = int32(i)
		}
		return &metadata.Response{Topics: []metadata.ResponseTopic{{Partitions: partitions}}}, nil
	case *rawproduce.Request:
		topic := produce.ResponseTopic{}
		for _, p := range r.Topics[0].Partitions {
			n, _ := p.RecordSet.WriteTo(k)
			k.bytes += n
			topic.Partitions = append(topic.Partitions, produce.ResponsePartition{Partition: p.Partition, LogAppendTime: -1})
		}
		return &produce.Response{Topics: []produce.ResponseTopic{topic}}, nil
	}
	return &initproducerid.Response{}, nil
}

func (k *taker) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkWrite is everything but the network, the broker and the disk. Allocations must not grow with the events.
func BenchmarkWrite(b *testing.B) {
	for name, n := range map[string]int{"60": 1, "960": 16} {
		b.Run(name, func(b *testing.B) {
			d, k := newDisk(), &taker{}
			o := d.start(b, k, Config{Key: "user"})
			var events []event.Event
			for range n {
				events = append(events, fixture(b)...)
			}
			size := 0
			for i := range events {
				size += events[i].Size()
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.write(b.Context(), o, events); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
