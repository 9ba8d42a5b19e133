package kafka

import (
	"context"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

// reader is one pipeline's membership in its group.
type reader struct {
	fetched chan chunk
	trouble chan trouble
	live    atomic.Pointer[generation] // the newest

	chunk chunk           // what Next goes on with
	from  *generation     // whose messages Next returned last
	at    map[place]int64 // offsets behind these

	behind atomic.Int64 // bytes, about

	mu        sync.Mutex
	committed *cursor // of the pipeline, and not yet the group's; nil: none

	stop    context.CancelFunc
	stopped chan struct{}
}

// chunk is some messages of a partition, and the generation in which they were read; or what was lost there.
type chunk struct {
	by *generation
	place
	messages []kafka.Message
	gap      *inputs.GapError
	behind   int64 // offset behind the gap, or where a partition that was cut off ends
}

// trouble is why there may be no messages.
type trouble struct {
	err error
	at  time.Time
}

const (
	chunkMessages = 64
	chunkBytes    = 256 << 10       // or one message
	queued        = 4               // chunks that wait; each partition has one more in hand
	telling       = 5 * time.Second // how long a trouble is news
)

func newReader(in *Input, group string, start inputs.Start) *reader {
	ctx, stop := context.WithCancel(context.Background())
	r := &reader{
		fetched: make(chan chunk, queued), trouble: make(chan trouble, 1),
		at: map[place]int64{}, stop: stop, stopped: make(chan struct{}),
	}
	go func() {
		defer close(r.stopped)
		newMember(in, group, start, r).run(ctx)
	}()
	return r
}

// Next returns the next event. Trouble with one partition is told only when the others have nothing: it must not delay them.
func (r *reader) Next(ctx context.Context) (inputs.Record, error) {
	for {
		if len(r.chunk.messages) > 0 {
			m := r.chunk.messages[0]
			r.chunk.messages = r.chunk.messages[1:]
			if r.moved(m.Offset + 1) {
				r.behind.Store(max(0, m.HighWaterMark-m.Offset-1) * int64(len(m.Value)))
				return unpack(m), nil
			}
		} else if err := r.next(ctx); err != nil {
			return inputs.Record{}, err
		}
	}
}

// next waits for a chunk.
func (r *reader) next(ctx context.Context) error {
	select {
	case r.chunk = <-r.fetched:
		return r.lost()
	default:
	}
	select {
	case r.chunk = <-r.fetched:
		return r.lost()
	case t := <-r.trouble:
		if time.Since(t.at) < telling {
			return t.err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lost tells of the gap that a chunk is.
func (r *reader) lost() error {
	if r.chunk.gap == nil || !r.moved(r.chunk.behind) {
		return nil
	}
	return r.chunk.gap
}

// moved notes the position in the partition of the chunk; false: since that was read the partition has been given anew, and whoever
// has it now reads it, too.
func (r *reader) moved(offset int64) bool {
	if r.chunk.by != r.live.Load() {
		return false
	}
	if r.chunk.by != r.from {
		r.from = r.chunk.by
		clear(r.at)
	}
	if former := r.chunk.place; former.cuts > 0 {
		former.cuts--
		delete(r.at, former)
	}
	r.at[r.chunk.place] = offset
	return true
}

// hand gives Next a chunk; false: ctx has ended.
func (r *reader) hand(ctx context.Context, c chunk) bool {
	select {
	case r.fetched <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// Cursor is where Next came to.
func (r *reader) Cursor() inputs.Cursor {
	return &cursor{of: r.from, at: maps.Clone(r.at)}
}

// Commit lets the group's offsets follow, soon.
func (r *reader) Commit(c inputs.Cursor) {
	if c, ok := c.(*cursor); ok {
		r.mu.Lock()
		r.committed = c
		r.mu.Unlock()
	}
}

// due is what the pipeline has committed of a generation's messages; nil: nothing of them.
func (r *reader) due(g *generation) map[place]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.committed == nil || r.committed.of != g {
		return nil
	}
	return r.committed.at
}

// complain has Next tell of a trouble. One that nobody has asked for yet gives way to it.
func (r *reader) complain(err error) {
	select {
	case <-r.trouble:
	default:
	}
	select {
	case r.trouble <- trouble{err, time.Now()}:
	default: // another partition was quicker
	}
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
	return nil
}
