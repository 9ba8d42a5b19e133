package simulate

import (
	"encoding/json"
	"hash/maphash"
	"slices"
	"time"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
)

// Volume is a number of events, and of bytes as they stand in the log, newlines included.
type Volume struct {
	Events uint64 `json:"events"`
	Bytes  uint64 `json:"bytes"`
}

func (v *Volume) add(bytes int) { v.Events++; v.Bytes += uint64(bytes) }

func (v *Volume) plus(other Volume) { v.Events += other.Events; v.Bytes += other.Bytes }

// sample is a volume with a few examples that differ.
type sample struct {
	Volume
	examples []Example
	seen     []uint64 // what of each makes it differ
}

// Example is an event in a few words. They are an attacker's, but hold no secrets: redaction has seen it.
type Example struct {
	Time   time.Time `json:"time"` // of the stage
	Stage  string    `json:"stage"`
	Actor  string    `json:"actor"` // person or name
	Kind   string    `json:"kind"`  // of the actor
	Action string    `json:"action"`
	Code   int       `json:"code,omitempty"` // of the response
}

// sample counts an event, and keeps it as an example if it is of another user, verb, target or code than those there are.
func (o *outcome) sample(s *sample, e *event.Event) {
	s.add(len(e.Raw) + 1)
	if len(s.examples) >= o.limits.Examples {
		return
	}
	var h maphash.Hash
	h.SetSeed(o.seed)
	for _, t := range [...]event.Text{e.User.Username, e.Text(event.Verb), e.Object.APIGroup, e.Object.Resource, e.Object.Subresource} {
		h.Write(e.Bytes(t.Span))
		h.WriteByte(0)
	}
	h.WriteByte(byte(e.Code / 100))
	if sum := h.Sum64(); !slices.Contains(s.seen, sum) {
		s.seen = append(s.seen, sum)
		s.examples = append(s.examples, o.example(*e))
	}
}

// example tells of an event, also of one that is not shipped, without its bodies as far as the words need none.
func (o *outcome) example(e event.Event) Example {
	x := Example{Stage: e.String(e.Text(event.Stage)), Code: e.Code}
	x.Time, _ = e.Time(event.StageTimestamp)
	if err := o.finish(&e, o.Shy, false); err != nil {
		x.Action = "(can't be redacted, and is not shown)"
		return x
	}
	said := struct {
		Actor  struct{ Kind, Name, Namespace, Person string }
		Action string
	}{}
	if err := json.Unmarshal(append(slices.Clip(e.Enrichment), '}'), &said); err != nil {
		panic(err) // a mistake of package enrich, which its tests find
	}
	x.Kind, x.Actor, x.Action = said.Actor.Kind, said.Actor.Name, said.Action
	if said.Actor.Namespace != "" {
		x.Actor = said.Actor.Namespace + ":" + x.Actor
	}
	if said.Actor.Person != "" {
		x.Actor = said.Actor.Person
	}
	return x
}

// finish redacts and enriches an event, in this order, as its words repeat what it holds.
func (o *outcome) finish(e *event.Event, r *redact.Redactor, omitManagedFields bool) (err error) {
	o.arena, err = r.Redact(e, o.arena[:0], omitManagedFields)
	if err != nil {
		return err
	}
	start := len(o.arena)
	o.arena = o.Enricher.Enrich(e, o.arena)
	e.Enrichment = o.arena[start:len(o.arena):len(o.arena)]
	if o.Shaper != nil {
		o.arena = o.Shaper.Shape(e, o.arena)
	}
	return nil
}

// bodies is how many bytes of bodies a level leaves out, with their keys and commas.
func bodies(e *event.Event, level rules.Level) (bytes int) {
	stripped := event.Event{Members: e.Members}
	level.Strip(&stripped)
	for f := range event.NumFields {
		if m := e.Members[f]; stripped.Trimmed.Has(f) {
			bytes += int(m.Value.End-m.Key) + 1
		}
	}
	return bytes
}
