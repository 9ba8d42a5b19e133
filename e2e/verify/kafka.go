package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Kafka reads all records of a topic.
type Kafka struct {
	Broker string // HOST:PORT, without TLS and users
	Topic  string
}

// Deliveries reads every partition from its beginning to the high watermark that it has now.
func (k *Kafka) Deliveries(ctx context.Context) Deliveries {
	return func(yield func(Delivery, error) bool) {
		if err := k.each(ctx, yield); err != nil {
			yield(Delivery{}, err)
		}
	}
}

func (k *Kafka) each(ctx context.Context, yield func(Delivery, error) bool) error {
	ends, err := k.ends(ctx)
	if err != nil {
		return err
	}
	from := map[int32]kgo.Offset{}
	for partition, end := range ends {
		if end == 0 {
			delete(ends, partition)
			continue
		}
		from[partition] = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Broker), kgo.FetchMaxBytes(16<<20),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{k.Topic: from}))
	if err != nil {
		return err
	}
	defer client.Close()
	for len(ends) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for record := range fetches.RecordsAll() {
			end, open := ends[record.Partition]
			if !open {
				continue // written after the ends were asked for
			}
			if !yield(Delivery{ID: header(record, kafkaID), Body: record.Value}, nil) {
				return nil
			}
			if record.Offset+1 >= end {
				delete(ends, record.Partition)
			}
		}
	}
	return nil
}

// ends are the high watermarks of the topic's partitions.
func (k *Kafka) ends(ctx context.Context) (map[int32]int64, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Broker))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, k.Topic)
	if err := errors.Join(err, listed.Error()); err != nil {
		return nil, fmt.Errorf("list the ends of %s: %w", k.Topic, err)
	}
	ends := map[int32]int64{}
	listed.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	return ends, nil
}

func header(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return unnamed
}
