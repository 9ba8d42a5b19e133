package kafka

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

// cluster is brokers that answer at once.
type cluster struct {
	mu      sync.Mutex
	missing map[string]error
	names   []string
	group   map[int]int64
	last    map[int]int64
	err     error
}

func (c *cluster) change(what func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what()
}

func (c *cluster) topics(context.Context) (there []string, missing map[string]error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range c.names {
		if c.missing[name] == nil {
			there = append(there, name)
		}
	}
	return there, maps.Clone(c.missing), c.err
}

func (c *cluster) standing(context.Context, string, string) (map[int]int64, error) {
	return maps.Clone(c.group), c.err
}

func (c *cluster) ends(_ context.Context, _ string, partitions []int) (map[int]int64, error) {
	found := map[int]int64{}
	for _, p := range partitions {
		found[p] = c.last[p]
	}
	return found, c.err
}

// beginner is a fetcher of a partition in which the group had no offset, of a topic of three partitions that begin at 100 and end at 200, 201
// and 202.
func beginner(partition int, start inputs.Start, standing ...int64) (*fetcher, *cluster, *broker) {
	b := &broker{offsets: map[int]int64{}}
	c := &cluster{group: map[int]int64{}, last: map[int]int64{0: 200, 1: 201, 2: 202}}
	for p, offset := range standing {
		c.group[p] = offset
	}
	m := newMember(New(Config{}, slog.New(slog.DiscardHandler)), "audit-search", start, apart())
	m.brokers = c
	return &fetcher{member: m, by: m.r.begun(), place: place{topic: "audit", partition: partition}, offset: m.start, commit: b.commit}, c, b
}

// TestBegin: a group that begins at the end does so in all partitions at once, which is settled by whoever has the first one. What has no
// offset later was added later, and is read from its beginning.
func TestBegin(t *testing.T) {
	for name, c := range map[string]struct {
		partition int
		start     inputs.Start
		standing  []int64
		offset    int64
		committed map[int]int64
		err       error
	}{
		"beginning":               {1, inputs.Beginning, nil, 100, map[int]int64{1: 100}, nil},
		"end, first partition":    {0, inputs.End, []int64{-1, -1, -1}, 200, map[int]int64{0: 200, 1: 201, 2: 202}, nil},
		"end, before the first":   {1, inputs.End, []int64{-1, -1, -1}, kafka.LastOffset, nil, errFirst},
		"end, behind the first":   {1, inputs.End, []int64{200, 201, 202}, 201, nil, nil},
		"end, added":              {2, inputs.End, []int64{200, 201, -1}, 100, map[int]int64{2: 100}, nil},
		"end, one has an offset":  {0, inputs.End, []int64{-1, 150, -1}, 200, map[int]int64{0: 200, 2: 202}, nil},
		"end, not known yet":      {7, inputs.End, []int64{200, 201, 202}, 100, map[int]int64{7: 100}, nil},
		"end, unknown and before": {7, inputs.End, []int64{-1, -1, -1}, kafka.LastOffset, nil, errFirst},
	} {
		f, _, b := beginner(c.partition, c.start, c.standing...)
		if err := f.settle(t.Context(), 100, 202); !errors.Is(err, c.err) || f.offset != c.offset || !maps.Equal(b.offsets, c.committed) {
			t.Errorf("%s: %v, at %d, committed %v", name, err, f.offset, b.offsets)
		}
	}
}

// TestBeginFails: where a group begins is its offset before anything is read, or it does not begin.
func TestBeginFails(t *testing.T) {
	for _, start := range []inputs.Start{inputs.Beginning, inputs.End} {
		f, _, b := beginner(0, start, -1, -1, -1)
		b.err = errors.New("not now")
		if err := f.settle(t.Context(), 100, 200); !errors.Is(err, b.err) || f.offset != f.start {
			t.Errorf("%s: %v, at %d", start, err, f.offset)
		}
	}
	f, c, b := beginner(0, inputs.End, -1, -1, -1)
	c.err = errors.New("no answer")
	if err := f.settle(t.Context(), 100, 200); !errors.Is(err, c.err) || f.offset != kafka.LastOffset || b.calls > 0 {
		t.Errorf("%v, at %d", err, f.offset)
	}
}

// TestBeginLate: all that is in a topic which was not there before came later than the group.
func TestBeginLate(t *testing.T) {
	f, _, b := beginner(0, inputs.End, -1, -1, -1)
	f.late.Store("audit", true)
	if err := f.settle(t.Context(), 100, 200); err != nil || f.offset != 100 || !maps.Equal(b.offsets, map[int]int64{0: 100}) {
		t.Errorf("%v, at %d, committed %v", err, f.offset, b.offsets)
	}
}
