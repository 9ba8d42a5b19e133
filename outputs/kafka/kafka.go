// Package kafka delivers events to a topic, each exactly once.
//
// Kafka drops a batch of records that it has already: a batch carries a producer ID and a sequence number, and the
// partition's leader remembers both. Producers use this within one process. This one makes it survive a crash: before
// a batch is sent, its producer ID, sequence and a digest of its events are saved (see [outputs.Resume]); after a
// restart, or an error that leaves open what happened, exactly the same batch is sent again, and the broker answers as
// it did the first time, without storing it. Reading the partition back would be no substitute: a consumer sees nothing
// behind the high watermark, where a batch stands while replicas lag.
//
// # What is written
//
// The key of a record is the part of the event that Config.Key names, null where there is none; the value is the
// shipped event; the headers are auditship-id (32 hexadecimal digits), auditship-node and auditship-cluster. The
// timestamp is the event's stageTimestamp, but not more than twelve hours ago and never in the future: brokers expire
// producers by the timestamps of their records (producer.id.expiration.ms, a day), and would forget at once who wrote a
// backlog; and they refuse timestamps an hour ahead.
//
// # What brokers must allow
//
// Brokers from 0.11 on; zstd needs 2.1. The user needs Write and Describe on the topic and, before Kafka 2.8,
// IdempotentWrite on the cluster. As by any producer, a missing topic is asked for, and brokers with
// auto.create.topics.enable make it; else delivery waits until someone does.
//
// # What may still stand twice
//
// Events in a batch that was in doubt while the configuration changed what belongs to it, while the topic's limit was lowered
// below its size, or while brokers forgot the producer: an outage of half a day and more in just that moment, or a producer.id.expiration.ms of less than half a day
// and a backlog. They are counted (outputs.Ack.Unchecked), and a warning names them.
package kafka

import (
	"context"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

const (
	// brokerLimit is the default of message.max.bytes and max.message.bytes: the most that a batch may take.
	brokerLimit = 1048588

	// remembered is how long brokers know a producer for certain, half of the default of producer.id.expiration.ms.
	remembered = 12 * time.Hour

	// relaxed is how long a limit that was found holds: the topic's may have been raised since, and to find out costs one
	// batch that is refused.
	relaxed = 10 * time.Minute
)

// Output writes to one topic. It is made for one goroutine.
type Output struct {
	cfg   Config
	env   outputs.Env
	codec codec // of the Write under way
	own   codec // as configured
	link  *link
	batch *batch
	now   func() time.Time

	saveState  func(ctx context.Context, state []byte) error
	cluster    string      // ID of the Kafka cluster that partitions speak of; empty: not known yet
	producer   producer    // for partitions that have none
	named      bool        // the producer is valid
	partitions []partition // by number; as many as the Write under way was spread over
	resumed    bool        // what is under way was begun before a crash
	dirty      bool        // a batch is not saved yet
	saved      time.Time   // when the last one was: it was sent not long after
	limit      int         // bytes of an encoded batch, as far as we know
	limited    time.Time   // when the limit was changed last
	stampNow   bool        // the topic refuses timestamps of the past
	sentAt     int64       // when the round under way was encoded, in milliseconds since 1970
	paused     time.Time   // until when the brokers asked us to pause
	duplicates int         // in the Write under way
	unchecked  int         // events that may stand in the topic twice, in the Write under way
	fewer      int         // how often in a row the topic had fewer partitions than the Write under way

	sets    []byte // the encoded batches of one round
	key     []byte
	scratch []byte
}

// New makes an Output. Nothing is read or connected before the first Write.
func New(cfg Config, env outputs.Env) (*Output, error) {
	c, err := newCodec(cfg.Compression)
	if err != nil {
		return nil, err
	}
	l, err := newLink(cfg, env.Timeout)
	if err != nil {
		return nil, err
	}
	return &Output{cfg: cfg, env: env, codec: c, own: c, link: l, batch: newBatch(env.Node, env.Cluster), now: time.Now, limit: brokerLimit}, nil
}

// Open takes over what was under way before a crash.
func (o *Output) Open(ctx context.Context, r outputs.Resume) error {
	o.saveState = r.Save
	o.resume(r)
	return nil
}

// Traits are one Write at a time, which is what Save asks for, and events that fit into a batch of the default size even
// where compression gains nothing.
func (o *Output) Traits() outputs.Traits {
	return outputs.Traits{Writes: 1, MaxEventBytes: brokerLimit - recordsAt - o.batch.overhead() - maxKey}
}

// Close closes all connections.
func (o *Output) Close() error {
	o.link.drop()
	return nil
}

// Write delivers the events in rounds: in each, every partition with events left gets one batch. What was settled in a
// Write that failed stays settled when the same events come again.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if len(events) == 0 {
		return outputs.Ack{}, nil
	}
	if wait := o.paused.Sub(o.now()); wait > 0 {
		return outputs.Ack{}, &outputs.Fault{Reason: "throttled", Detail: "a quota of the brokers", RetryAfter: wait}
	}
	o.relax()
	if err := o.deliver(ctx, events); err != nil {
		o.link.drop() // the next try begins with fresh metadata, and nothing sent before can linger
		return outputs.Ack{}, err
	}
	return o.finish()
}

var _ outputs.Output = (*Output)(nil)
