package kafka

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/segmentio/kafka-go"
)

// TestCommit: Kafka is told what has moved since it was told last. A partition that was given to another member is not set back by
// what we remember of it; what could not be told is told the next time.
func TestCommit(t *testing.T) {
	a, b := place{"t", 0}, place{"t", 1}
	var told map[place]int64
	var refuse error
	r := &reader{told: map[place]int64{}, commitTo: func(_ context.Context, messages ...kafka.Message) error {
		told = map[place]int64{}
		for _, m := range messages {
			told[place{m.Topic, m.Partition}] = m.Offset + 1
		}
		return refuse
	}}
	for i, step := range []struct {
		at     map[place]int64
		want   map[place]int64
		refuse error
	}{
		{at: map[place]int64{a: 5, b: 7}, want: map[place]int64{a: 5, b: 7}},
		{at: map[place]int64{a: 6, b: 7}, want: map[place]int64{a: 6}},
		{at: map[place]int64{a: 6, b: 7}, want: nil},
		{at: map[place]int64{a: 8, b: 7}, want: map[place]int64{a: 8}, refuse: errors.New("rebalancing")},
		{at: nil, want: map[place]int64{a: 8}},
		{at: nil, want: nil},
	} {
		told, refuse = nil, step.refuse
		if step.at != nil {
			r.Commit(&cursor{at: step.at})
		}
		if r.commit(t.Context()); !maps.Equal(told, step.want) {
			t.Errorf("step %d: told %v, want %v", i, told, step.want)
		}
	}
}
