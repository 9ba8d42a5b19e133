package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// server is a destination that takes each sequence number once, as a Kafka broker does. It outlives all crashes.
type server struct {
	*machine
	held    []string // audit IDs
	newest  uint64   // sequence that it has
	repeats int      // batches that came again
}

// intent is the state of a client: what it is about to send, or, without events, has sent.
type intent struct {
	Sequence uint64   `json:"sequence"`
	Events   []string `json:"events,omitempty"` // IDs
}

// client is one life's output.
type client struct {
	*server
	world  <-chan struct{}
	resume outputs.Resume
	last   intent
	tries  int
}

var errAway = errors.New("no answer")

func (s *server) connect() *client { return &client{server: s, world: s.Stopped()} }

func (c *client) Traits() outputs.Traits { return outputs.Traits{Writes: 1, MaxEventBytes: 1 << 20} }
func (c *client) Close() error           { return nil }

func (c *client) Open(_ context.Context, r outputs.Resume) error {
	if c.resume = r; r.State == nil {
		return nil
	}
	return json.Unmarshal(r.State, &c.last)
}

func (c *client) Write(ctx context.Context, events []event.Event) (outputs.Ack, error) {
	if err := c.intend(ctx, events); err != nil {
		return outputs.Ack{}, err
	}
	time.Sleep(time.Duration(1+(c.last.Sequence*7919+uint64(c.tries)*104729)%50_000_000) * time.Nanosecond)
	c.tries++
	select {
	case <-c.world:
		return outputs.Ack{}, errAway
	default:
	}
	away := (c.last.Sequence + uint64(c.tries)*5 + c.Seed) % 7
	if away == 0 { // lost on the way
		return outputs.Ack{}, &outputs.Fault{Reason: "unreachable", Err: errAway}
	}
	duplicates := c.accept(events)
	if away == 1 { // lost on the way back
		return outputs.Ack{}, &outputs.Fault{Reason: "timeout", Err: errAway}
	}
	state, err := json.Marshal(intent{Sequence: c.last.Sequence})
	c.last.Events = nil
	return outputs.Ack{State: state, Duplicates: duplicates}, err
}

// intend saves what is about to be sent. What was in doubt comes first, and is the same as before.
func (c *client) intend(ctx context.Context, events []event.Event) error {
	ids := make([]string, len(events))
	for i := range events {
		ids[i] = events[i].ID.String()
	}
	if c.last.Events != nil {
		if !slices.Equal(ids, c.last.Events) {
			c.Errorf("AUDITSHIP_SEED=%d: %d events come where %d were in doubt", c.Seed, len(ids), len(c.last.Events))
		}
		return nil
	}
	next := intent{Sequence: c.last.Sequence + 1, Events: ids}
	state, err := json.Marshal(next)
	time.Sleep(time.Nanosecond) // the committer was woken at the same time, and saves, too: whoever came first, it goes first
	if err == nil {
		err = c.resume.Save(ctx, state)
	}
	if err == nil {
		c.last = next
	}
	return err
}

func (c *client) accept(events []event.Event) (duplicates int) {
	if c.last.Sequence <= c.newest {
		c.repeats++
		return len(events)
	}
	c.newest = c.last.Sequence
	for i := range events {
		c.held = append(c.held, events[i].String(events[i].Text(event.AuditID)))
	}
	return 0
}
