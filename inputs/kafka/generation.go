package kafka

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

// generation is the time between two rebalances.
type generation struct {
	*kafka.Generation
	mu        sync.Mutex
	committed map[place]int64 // in it
	cuts      map[place]int   // how often each whole place was cut off
	lasted    atomic.Int64    // a [time.Duration]; 0: it has not ended, or had when it was begun
}

func newGeneration(of *kafka.Generation) *generation {
	return &generation{Generation: of, committed: map[place]int64{}, cuts: map[place]int{}}
}

// time notes how long the generation lasts.
func (g *generation) time(ctx context.Context) {
	begun := time.Now()
	<-ctx.Done()
	g.lasted.Store(int64(time.Since(begun)))
}

// commit commits what is new. What fails is tried again with the next one.
func (g *generation) commit(due map[place]int64, commit func(map[string]map[int]int64) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	offsets := map[string]map[int]int64{}
	for p, offset := range due {
		if g.committed[p] == offset || p.cuts < g.cuts[p.whole()] {
			continue
		}
		if offsets[p.topic] == nil {
			offsets[p.topic] = map[int]int64{}
		}
		offsets[p.topic][p.partition] = offset
	}
	if len(offsets) == 0 {
		return nil
	}
	if err := commit(offsets); err != nil {
		return err
	}
	maps.Copy(g.committed, due)
	return nil
}

// cut makes the end of a partition that was cut off the group's offset. What the pipeline commits of messages before is not committed
// any more.
func (g *generation) cut(p place, end int64, commit func(map[string]map[int]int64) error) (place, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := commit(map[string]map[int]int64{p.topic: {p.partition: end}}); err != nil {
		return p, err
	}
	p.cuts++
	g.cuts[p.whole()] = p.cuts
	return p, nil
}

// whole is the partition.
func (p place) whole() place { return place{topic: p.topic, partition: p.partition} }
