package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	out "github.com/auditship/auditship/outputs/kafka"
)

// brokers is what is asked beside the group's protocol and beside messages.
type brokers interface {
	// topics tells which of the configured topics can be read; of all others, why not.
	topics(ctx context.Context) (there []string, missing map[string]error, err error)

	// standing is the group's offset in each partition of a topic; -1: it has none.
	standing(ctx context.Context, group, topic string) (map[int]int64, error)

	// ends is where partitions of a topic end.
	ends(ctx context.Context, topic string, partitions []int) (map[int]int64, error)
}

// client asks by one connection or a few, that are closed when it is done. It has no topic created, as kafka-go's group does by asking.
type client struct{ in *Input }

const (
	askWithin = 10 * time.Second
	remember  = time.Hour // longer than any is used
)

func (c client) ask(ctx context.Context, what func(context.Context, *kafka.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	trips := &kafka.Transport{ClientID: clientID, MetadataTopics: c.in.cfg.Topics, Dial: c.in.dialFramed, DialTimeout: dialTimeout, MetadataTTL: remember}
	if c.in.cfg.SASL != nil {
		trips.SASL = out.NewLogin(c.in.cfg.SASL)
	}
	defer trips.CloseIdleConnections()
	return what(ctx, &kafka.Client{Addr: kafka.TCP(c.in.cfg.Brokers...), Transport: trips})
}

// absent are the errors of a topic that nobody can read at present.
func absent(err error) bool {
	return errors.Is(err, kafka.UnknownTopicOrPartition) || errors.Is(err, kafka.TopicAuthorizationFailed) || errors.Is(err, kafka.InvalidTopic)
}

func (c client) topics(ctx context.Context) (there []string, missing map[string]error, err error) {
	missing = map[string]error{}
	err = c.ask(ctx, func(ctx context.Context, to *kafka.Client) error {
		answer, err := to.Metadata(ctx, &kafka.MetadataRequest{Topics: c.in.cfg.Topics})
		if err != nil {
			return fmt.Errorf("look for topics: %w", err)
		}
		for _, t := range answer.Topics {
			switch {
			case absent(t.Error):
				missing[t.Name] = t.Error
			case t.Error != nil && !errors.Is(t.Error, kafka.LeaderNotAvailable):
				return fmt.Errorf("look for topic %s: %w", t.Name, t.Error)
			}
		}
		return nil
	})
	for _, name := range c.in.cfg.Topics {
		if missing[name] == nil {
			there = append(there, name)
		}
	}
	return there, missing, err
}

func (c client) standing(ctx context.Context, group, topic string) (offsets map[int]int64, err error) {
	offsets = map[int]int64{}
	err = c.ask(ctx, func(ctx context.Context, to *kafka.Client) error {
		partitions, err := partitionsOf(ctx, to, topic)
		if err != nil {
			return err
		}
		answer, err := to.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: partitions}})
		if err == nil {
			err = answer.Error
		}
		if err != nil {
			return fmt.Errorf("ask for the group's offsets: %w", err)
		}
		for _, p := range answer.Topics[topic] {
			if p.Error != nil {
				return fmt.Errorf("ask for the group's offset in partition %d: %w", p.Partition, p.Error)
			}
			offsets[p.Partition] = p.CommittedOffset
		}
		if len(offsets) != len(partitions) {
			return errors.New("ask for the group's offsets: not all were told")
		}
		return nil
	})
	return offsets, err
}

func partitionsOf(ctx context.Context, to *kafka.Client, topic string) (partitions []int, err error) {
	answer, err := to.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, fmt.Errorf("ask for partitions: %w", err)
	}
	for _, t := range answer.Topics {
		if t.Name != topic {
			continue
		}
		if t.Error != nil {
			return nil, fmt.Errorf("ask for partitions: %w", t.Error)
		}
		for _, p := range t.Partitions {
			partitions = append(partitions, p.ID)
		}
	}
	if len(partitions) == 0 {
		return nil, errors.New("ask for partitions: there are none")
	}
	return partitions, nil
}

func (c client) ends(ctx context.Context, topic string, partitions []int) (ends map[int]int64, err error) {
	ends = map[int]int64{}
	requests := make([]kafka.OffsetRequest, len(partitions))
	for i, p := range partitions {
		requests[i] = kafka.LastOffsetOf(p)
	}
	err = c.ask(ctx, func(ctx context.Context, to *kafka.Client) error {
		answer, err := to.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: requests}})
		if err != nil {
			return fmt.Errorf("ask where partitions end: %w", err)
		}
		for _, p := range answer.Topics[topic] {
			if p.Error != nil || p.LastOffset < 0 {
				return fmt.Errorf("ask where partition %d ends: %w", p.Partition, p.Error)
			}
			ends[p.Partition] = p.LastOffset
		}
		if len(ends) != len(partitions) {
			return errors.New("ask where partitions end: not all was told")
		}
		return nil
	})
	return ends, err
}
