// Package loki delivers events to Grafana Loki, each as one log line: POST /loki/api/v1/push, protobuf in snappy
// (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs).
//
// # Once, whatever happens
//
// Loki shows entries that have the same stream, timestamp, line and structured metadata once, however often and in however
// many requests they came. All four follow from the event alone here (and the configuration), so a repeat is invisible: the
// line is the shipped event, the timestamp its stageTimestamp. An event without a timestamp becomes a dead letter, since
// any time that we made up would be another one next time.
//
// That holds only as long as a repeat reaches the same stream, and two things in Loki, both on by default, get between:
//
//   - Loki refuses what is an hour (half of max_chunk_age) behind the newest entry of the stream. Whatever is shipped again or
//     late would hit that: what a crash left unconfirmed of a batch that spans hours, a log read again because its checkpoint
//     was lost, redelivered dead letters, a backup out of order. So every hour of the week has a stream of its own (label
//     hour, such as sun-07): no entry of a stream can be an hour behind another, but for those of other weeks, which Loki
//     refuses anyhow (reject_old_samples_max_age). At any time a node writes to the streams of one hour, or of two.
//   - Loki splits a stream that gets more than 1536 KB/s (shard_streams.desired_rate), adding a label that depends on how many
//     requests came before: each repeat of an entry would then be another entry. So an event belongs to one of four streams
//     by its ID (label shard), and none of them gets more than stream_rate. Together they carry what Loki lets a
//     tenant write by default (ingestion_rate_mb: 4). A restarted Loki takes the replay of its WAL for incoming rate: so
//     after a trouble nothing is sent until that is forgotten. What remains is a crash of the agent in the seconds after
//     an unnoticed restart of Loki; shard_streams.enabled: false, set for the tenant, rules that out too.
//
// What a server must not be set to: increment_duplicate_timestamp, shard_streams.time_sharding_enabled (both off by default).
//
// # What is refused
//
// A request that holds refused entries is answered 400, and its other entries are stored. So refused requests are sent
// again in parts until it is known which entries are refused and why; see [Output.Write]. Those are trimmed where that helps.
// What is about the server or the configuration is an alarm and no event's fault.
package loki

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/post"
)

const (
	maxLine           = 256 << 10 // max_line_size of Loki: the bytes of the line alone
	maxPush           = 256 << 10 // what a stream gets with one request
	minPush           = 8 << 10
	defaultStreamRate = 1 << 20
	minStreamRate     = 16 << 10
	maxKept           = 4 << 20 // buffers that one large event has made larger are let go
)

// Output delivers to one Loki. It belongs to one goroutine.
type Output struct {
	env    outputs.Env
	cfg    Config
	labels []string // of every stream
	pace   [shards]*rate.Limiter
	client *post.Client

	now         func() time.Time
	unrest      unrest
	limit       int // bytes for a stream in one request: less where the server wants it so
	items       []item
	accepted    int    // how many of the items
	unexplained int    // how many are refused in words that aren't Loki's
	body        []byte // a request
	compressed  []byte
}

// New makes an Output. The Config must be valid.
func New(cfg Config, env outputs.Env) (*Output, error) {
	if env.Log == nil {
		return nil, fmt.Errorf("make a Loki output: no log")
	}
	o := &Output{env: env, cfg: cfg, limit: maxPush, now: time.Now}
	perSecond := int(cfg.StreamRate)
	if perSecond == 0 {
		perSecond = defaultStreamRate
	}
	for i := range o.pace {
		o.pace[i] = rate.NewLimiter(rate.Limit(perSecond), max(perSecond/4, minStreamRate))
	}
	o.client = newClient(&cfg, env)
	return o, nil
}

// Open names the streams. Nothing is sent.
func (o *Output) Open(_ context.Context, r outputs.Resume) error {
	fixed := map[string]string{"cluster": o.env.Cluster, "node": o.env.Node}
	fixed["input"], _, _ = strings.Cut(r.Pipeline, "/") // two inputs of a node must not share the rate of a stream
	for name, value := range o.cfg.Labels {
		fixed[name] = value
	}
	o.labels = labelSets(fixed)
	return nil
}

// Traits: one request at a time, or entries would overtake each other.
func (o *Output) Traits() outputs.Traits { return outputs.Traits{Writes: 1, MaxEventBytes: maxLine} }

// Close ends the connections.
func (o *Output) Close() error {
	o.client.Close()
	return nil
}

// Write delivers the events, oldest first, in as many requests as the rate and the size of requests make it. The faults of
// single events are Permanent, but for a timestamp that will be acceptable soon. Where a request fails that is not about its
// entries, Write ends, and the events that no request before it delivered are to be written again.
func (o *Output) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	o.begin(events)
	stopped := o.settle(ctx)
	for rest := o.items; len(rest) > 0 && stopped == nil; {
		n := o.fit(rest)
		stopped = o.deliver(ctx, rest[:n])
		rest = rest[n:]
	}
	if ctx.Err() != nil {
		return outputs.Ack{}, ctx.Err()
	}
	return outputs.Ack{}, o.result(stopped)
}
