package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
)

// state is what outlives a crash. Without a Write under way it is empty but for the version: every start takes a new
// producer ID, so that a state directory that was copied or restored can't make two agents pass for one producer, for a
// broker would then drop what one of them sends.
type state struct {
	Version    int        `json:"version"`
	Cluster    string     `json:"cluster,omitempty"` // as the brokers name it
	Topic      string     `json:"topic,omitempty"`
	Count      int        `json:"partitions,omitempty"` // how many the topic had when the Write was spread over them
	Codec      string     `json:"compression,omitempty"`
	Saved      time.Time  `json:"saved,omitzero"`
	Partitions []progress `json:"progress,omitempty"`
}

const stateVersion = 1

var idle = []byte(`{"version":1}`)

// resume takes over the Write that a crash interrupted.
func (o *Output) resume(r outputs.Resume) {
	var s state
	if len(r.State) == 0 {
		return
	}
	if err := json.Unmarshal(r.State, &s); err != nil || s.Version != stateVersion || !s.possible() {
		o.doubles(r.Pending, "the state is not in a form that this version reads")
		return
	}
	if s.Topic != o.cfg.Topic || len(s.Partitions) == 0 {
		return
	}
	o.restore(s)
}

// maxPartitions is more than a topic can have: a cluster bears some hundred thousand.
const maxPartitions = 1 << 20

// possible tells whether a state can be one that was saved.
func (s *state) possible() bool {
	if s.Count < 0 || s.Count > maxPartitions || len(s.Partitions) > s.Count {
		return false
	}
	for i := range s.Partitions {
		if !s.Partitions[i].possible() {
			return false
		}
	}
	return true
}

func (p *progress) possible() bool {
	for _, r := range p.Refused {
		if r.At < 0 || r.At >= p.Done {
			return false
		}
	}
	return p.Sequence >= 0 && p.TrimmedTo >= 0 && p.Cut >= 0 && p.Cut <= math.MaxInt32 && min(p.Done, p.Sent) >= 0 && max(p.Done, p.Sent) <= math.MaxInt32 && len(p.Refused) <= p.Done
}

func (o *Output) restore(s state) {
	o.cluster, o.saved = s.Cluster, s.Saved
	if c, err := newCodec(s.Codec); err == nil {
		o.codec = c // so that no batch is refused for a size that it did not have
	}
	o.spread(s.Count)
	for _, saved := range s.Partitions {
		if int(saved.Partition) >= len(o.partitions) || saved.Partition < 0 {
			continue
		}
		p := &o.partitions[saved.Partition]
		p.progress, p.named, p.doubt = saved, true, saved.Sent > 0
		p.before, p.covered = saved.Done-len(saved.Refused), saved.Done+saved.Sent
		o.resumed = true
	}
}

// spread makes n partitions. If they were more, the producer has left batches in those that go, so that it must not begin
// there once again.
func (o *Output) spread(n int) {
	o.named = o.named && n >= len(o.partitions)
	for len(o.partitions) < n {
		o.partitions = append(o.partitions, partition{progress: progress{Partition: int32(len(o.partitions))}})
	}
	o.partitions = o.partitions[:n]
}

// save makes the intent to send durable. What was saved already costs nothing.
func (o *Output) save(ctx context.Context, events []event.Event) error {
	if !o.dirty {
		return nil
	}
	o.saved = o.now().UTC()
	s := state{Version: stateVersion, Cluster: o.cluster, Topic: o.cfg.Topic, Count: len(o.partitions), Codec: o.codec.name, Saved: o.saved}
	for i := range o.partitions {
		if p := &o.partitions[i]; p.underway() {
			o.scratch = p.cover(events, o.scratch)
			s.Partitions = append(s.Partitions, p.progress)
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	if err := o.saveState(ctx, text); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	o.dirty = false
	return nil
}

// doubles tells of events that may stand in the topic twice.
func (o *Output) doubles(n int, why string) {
	if n == 0 {
		return
	}
	o.unchecked += n
	o.env.Log.Warn("events may stand in the topic twice", "topic", o.cfg.Topic, "events", n, "reason", why)
}
