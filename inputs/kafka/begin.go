package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/segmentio/kafka-go"
)

// begin settles where to begin in a partition in which the group had no offset when it was given to us. It has one from now on: who had
// the partition next, before anything was acknowledged, would take the end of then, or the beginning of then, and not know of
// what was deleted before it.
func (f *fetcher) begin(ctx context.Context, first int64) error {
	if _, late := f.late.Load(f.topic); late || f.offset == kafka.FirstOffset {
		return f.enter(map[int]int64{f.partition: first})
	}
	standing, err := f.brokers.standing(ctx, f.group, f.topic)
	if err != nil {
		return err
	}
	switch offset, known := standing[f.partition]; {
	case known && offset >= 0:
		f.offset = offset // another member has entered it
		return nil
	case standing[0] >= 0:
		f.in.log.Info("a partition was added: it is read from its beginning", "topic", f.topic, "partition", f.partition)
		return f.enter(map[int]int64{f.partition: first})
	case f.partition == 0:
		return f.enterAll(ctx, standing)
	}
	return errFirst
}

// errFirst is why a partition waits.
var errFirst = errors.New("the group has no offset in partition 0, whose reader settles where all of them end")

// enterAll has a group that begins at the end of a topic begin there, in all of its partitions at once: what has no offset when the first
// partition has one was added later, and what was put there before anybody saw it must be read.
func (f *fetcher) enterAll(ctx context.Context, standing map[int]int64) error {
	maps.DeleteFunc(standing, func(_ int, offset int64) bool { return offset >= 0 })
	ends, err := f.brokers.ends(ctx, f.topic, slices.Sorted(maps.Keys(standing)))
	if err != nil {
		return err
	}
	return f.enter(ends)
}

// enter gives the group its offsets in partitions of the topic, of which the fetcher's is one.
func (f *fetcher) enter(offsets map[int]int64) error {
	if err := f.commit(map[string]map[int]int64{f.topic: offsets}); err != nil {
		return fmt.Errorf("commit where to begin: %w", err)
	}
	f.offset = offsets[f.partition]
	return nil
}
