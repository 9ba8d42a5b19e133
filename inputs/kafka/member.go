package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
)

const (
	commitEvery = time.Second
	session     = 10 * time.Second // after which a member that is not heard of has left; the others' work rests until then
	joinPause   = time.Second      // after a failure
	watchEvery  = 10 * time.Second // new partitions, and topics
	momentary   = time.Second      // a generation that ends sooner counts as a failure
	patience    = 3                // failures in a row that are usual: the coordinator or the leader may be moving
)

// member takes part in a group. It fetches from the partitions that the group gives it, from one rebalance to the next.
//
// A rebalance ends a generation. An offset is committed in the generation that the message was read in, or not at all: the partition
// may be another member's by then, and the broker, which takes any member's offsets for any partition, would let that one's work be
// done again.
type member struct {
	in    *Input
	group string
	start int64
	r     *reader
	quiet kafka.Logger
	brokers
	late sync.Map // topics that were missing once: all that is in them came later than the group
}

func newMember(in *Input, group string, start inputs.Start, r *reader) *member {
	m := &member{in: in, group: group, start: kafka.FirstOffset, r: r, brokers: client{in}}
	if start == inputs.End {
		m.start = kafka.LastOffset
	}
	m.quiet = kafka.LoggerFunc(func(text string, args ...any) { in.log.Debug("kafka", "group", group, "problem", text) })
	return m
}

// run is a member of the group until ctx ends, for the topics that are there.
func (m *member) run(ctx context.Context) {
	known := &topics{member: m}
	for ctx.Err() == nil {
		if there := known.await(ctx); len(there) > 0 {
			known.during(ctx, func(ctx context.Context) { m.belong(ctx, there) })
		}
	}
}

// belong is a member that reads some topics, until ctx ends.
func (m *member) belong(ctx context.Context, topics []string) {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: m.group, Brokers: m.in.cfg.Brokers, Dialer: m.dialer(), Topics: topics, StartOffset: m.start,
		SessionTimeout: session, WatchPartitionChanges: true, PartitionWatchInterval: watchEvery, JoinGroupBackoff: joinPause, ErrorLogger: m.quiet,
	})
	if err != nil { // the configuration was looked at: it can't be
		m.r.complain(fmt.Errorf("join group %s: %w", m.group, err))
		inputs.Pause(ctx, joinPause)
		return
	}
	defer group.Close()
	var g *generation
	for failures := 0; ; {
		next, err := group.Next(ctx) // when g has ended
		if ctx.Err() != nil {
			return
		}
		problem := err
		switch {
		case g == nil:
		case g.lasted.Load() >= int64(momentary):
			failures = 0
		case err == nil:
			problem = m.momentary()
		}
		if g = nil; err == nil {
			g = newGeneration(next)
			m.begin(g)
		}
		if problem == nil {
			continue
		}
		if failures++; failures > patience {
			m.r.complain(fmt.Errorf("join group %s: %w", m.group, problem))
		}
		if err == nil || errors.As(err, new(unreachable)) {
			inputs.Pause(ctx, joinPause)
		}
	}
}

// momentary is why generations may end as soon as they have begun. kafka-go ends them without a word when it can't watch the partitions of
// a topic, and would begin the next without a pause.
func (m *member) momentary() error {
	return fmt.Errorf("it is left as soon as it is joined, and nothing is read: check that all topics exist and may be described: %s", strings.Join(m.in.cfg.Topics, ", "))
}

// dialer is the group's own.
func (m *member) dialer() *kafka.Dialer {
	d := m.in.dialer()
	d.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := m.in.dial(ctx, network, address)
		if err != nil {
			return nil, unreachable{err}
		}
		return conn, nil
	}
	return d
}

// unreachable is an error of dialing that passes for RebalanceInProgress. After that one alone kafka-go remembers which member it is.
// After any other it joins as a new one, and where the coordinator has died, and taken the goodbye with it, the group would rest until
// the session of the one before had ended.
type unreachable struct{ error }

func (unreachable) Is(target error) bool { return target == error(kafka.RebalanceInProgress) }
func (e unreachable) Unwrap() error      { return e.error }

// begin starts all that goes on in a generation, and ends with it.
func (m *member) begin(g *generation) {
	m.r.live.Store(g)
	for topic, assignments := range g.Assignments {
		for _, a := range assignments {
			f := &fetcher{m, g, place{topic: topic, partition: a.ID}, a.Offset, g.CommitOffsets}
			g.Start(f.run)
		}
	}
	g.Start(func(ctx context.Context) { m.keepCommitting(ctx, g) })
	g.Start(g.time)
}

// keepCommitting brings to Kafka what the pipeline has committed, and the last of it at the generation's end.
func (m *member) keepCommitting(ctx context.Context, g *generation) {
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := g.commit(m.r.due(g), g.CommitOffsets); err != nil {
			m.in.log.Debug("commit offsets: until it succeeds, more comes again after a crash", "group", m.group, "error", err)
		}
	}
}
