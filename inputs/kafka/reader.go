package kafka

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

// reader is one pipeline's membership in its group.
type reader struct {
	from *kafka.Reader
	at   map[place]int64 // behind what Next returned

	behind atomic.Int64 // bytes, about

	commitTo func(context.Context, ...kafka.Message) error
	told     map[place]int64 // what Kafka has of us; of keepCommitting

	mu        sync.Mutex
	committed *cursor // of the pipeline; nil: it is Kafka's, too
	stop      context.CancelFunc
	stopped   chan struct{}
}

// place is a partition.
type place struct {
	topic     string
	partition int
}

const (
	queued      = 200              // messages that are fetched ahead
	fetchBytes  = 4 << 20          // of one request
	commitEvery = time.Second      //
	session     = 30 * time.Second // after which a member that is not heard of has left the group
	watchEvery  = 10 * time.Second // new partitions
)

func newReader(in *Input, group string, start inputs.Start) *reader {
	first := kafka.FirstOffset
	if start == inputs.End {
		first = kafka.LastOffset
	}
	r := &reader{at: map[place]int64{}, told: map[place]int64{}, stopped: make(chan struct{})}
	failed := kafka.LoggerFunc(func(text string, args ...any) { in.log.Debug("kafka", "group", group, "problem", text) })
	r.from = kafka.NewReader(kafka.ReaderConfig{
		Brokers: in.cfg.Brokers, GroupID: group, GroupTopics: in.cfg.Topics, Dialer: in.dialer(), StartOffset: first,
		QueueCapacity: queued, MinBytes: 1, MaxBytes: fetchBytes, MaxWait: 250 * time.Millisecond, ReadBatchTimeout: 30 * time.Second,
		SessionTimeout: session, WatchPartitionChanges: true, PartitionWatchInterval: watchEvery, IsolationLevel: kafka.ReadCommitted,
		JoinGroupBackoff: time.Second, ErrorLogger: failed,
	})
	r.commitTo = r.from.CommitMessages
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go r.keepCommitting(ctx)
	return r
}

// Next returns the next event.
func (r *reader) Next(ctx context.Context) (inputs.Record, error) {
	m, err := r.from.FetchMessage(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return inputs.Record{}, err
	}
	r.at[place{m.Topic, m.Partition}] = m.Offset + 1
	r.behind.Store(max(0, m.HighWaterMark-m.Offset-1) * int64(len(m.Value)))
	return unpack(m), nil
}

// Cursor is where Next came to.
func (r *reader) Cursor() inputs.Cursor {
	return &cursor{at: maps.Clone(r.at)}
}

// Commit lets the group's offsets follow, soon.
func (r *reader) Commit(c inputs.Cursor) {
	if c, ok := c.(*cursor); ok {
		r.mu.Lock()
		r.committed = c
		r.mu.Unlock()
	}
}

// keepCommitting brings to Kafka what the pipeline has committed.
func (r *reader) keepCommitting(ctx context.Context) {
	defer close(r.stopped)
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			r.commit(last)
			return
		case <-tick.C:
			r.commit(ctx)
		}
	}
}

// commit tries once. What fails is tried again with the next one: until then more comes again after a crash. What has not moved is left
// out: of a partition that is another member's since a rebalance our offset would take that member's place.
func (r *reader) commit(ctx context.Context) {
	r.mu.Lock()
	c := r.committed
	r.committed = nil
	r.mu.Unlock()
	if c == nil {
		return
	}
	messages := make([]kafka.Message, 0, len(c.at))
	for p, offset := range c.at {
		if r.told[p] != offset {
			messages = append(messages, kafka.Message{Topic: p.topic, Partition: p.partition, Offset: offset - 1})
		}
	}
	if len(messages) == 0 || r.commitTo(ctx, messages...) == nil {
		maps.Copy(r.told, c.at)
		return
	}
	r.mu.Lock()
	if r.committed == nil {
		r.committed = c
	}
	r.mu.Unlock()
}

// Lag is an estimate, from the partition that was read last. What Kafka deletes is its retention's matter, which a reader can't
// foresee.
func (r *reader) Lag() inputs.Lag {
	return inputs.Lag{Bytes: r.behind.Load(), SecondsUntilLoss: math.Inf(1)}
}

// Close leaves the group, when all that was committed is Kafka's.
func (r *reader) Close() error {
	r.stop()
	<-r.stopped
	return r.from.Close()
}

// cursor is a position: offsets of the next messages.
type cursor struct{ at map[place]int64 }

// MarshalJSON is for people who look: nobody begins there.
func (c *cursor) MarshalJSON() ([]byte, error) {
	offsets := make(map[string]int64, len(c.at))
	for p, offset := range c.at {
		offsets[p.topic+"/"+strconv.Itoa(p.partition)] = offset
	}
	return json.Marshal(map[string]any{"offsets": offsets})
}
