// Package volume estimates how much of a recorded audit log kube-apiserver would have written under another policy.
//
// It is an estimate from below: what the recorded policy left out, whole requests, stages or bodies, cannot be had back.
// Counter.Short tells of how many events that is known.
package volume

import (
	"bytes"
	"encoding/json"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/rules"
)

// Counter counts what a policy makes of events.
type Counter struct {
	Read    Amount            `json:"read"`
	Written Amount            `json:"written"`
	Levels  map[string]uint64 `json:"levels"` // events by the level that the policy has for them; None: those not written
	Short   uint64            `json:"short"`  // written events that the recorded policy gave less than this one: their bodies are missing here
	policy  *policy.Policy
}

// Amount is of events with their newlines.
type Amount struct {
	Events uint64 `json:"events"`
	Bytes  uint64 `json:"bytes"`
}

func (a *Amount) add(size int) {
	a.Events++
	a.Bytes += uint64(size)
}

// New makes a Counter for a policy that Works.
func New(p *policy.Policy) *Counter { return &Counter{policy: p, Levels: map[string]uint64{}} }

// Add counts an event of the recorded log.
func (c *Counter) Add(e *event.Event) {
	c.Read.add(len(e.Raw) + 1)
	d := c.policy.Judge(e)
	if !d.Logs(e.String(e.Text(event.Stage))) {
		c.Levels[rules.None.String()]++
		return
	}
	c.Levels[d.Level.String()]++
	if recorded, err := rules.ParseLevel(e.String(e.Text(event.Level))); err == nil && recorded < d.Level {
		c.Short++
	}
	c.Written.add(len(e.Raw) + 1 - dropped(e, d))
}

// dropped is how many bytes of the record the policy leaves out.
func dropped(e *event.Event, d policy.Decision) (size int) {
	for _, body := range []struct {
		field event.Field
		from  rules.Level
	}{{event.RequestObject, rules.Request}, {event.ResponseObject, rules.RequestResponse}} {
		member := e.Members[body.field]
		switch {
		case !member.Value.Present():
		case d.Level < body.from:
			size += int(member.Value.End-member.Key) + len(",")
		case d.OmitManagedFields:
			size += managedFields(e.Bytes(member.Value))
		}
	}
	return size
}

// managedFields is the size of metadata.managedFields of an object, or of the objects in a list.
func managedFields(body []byte) (size int) {
	if !bytes.Contains(body, []byte(`"managedFields":`)) {
		return 0
	}
	var object struct {
		Metadata struct {
			ManagedFields json.RawMessage `json:"managedFields"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &object) != nil {
		return 0 // an array, such as a JSON Patch, or something else of its own
	}
	if fields := object.Metadata.ManagedFields; fields != nil {
		size = len(`"managedFields":,`) + len(fields)
	}
	for _, item := range object.Items {
		size += managedFields(item)
	}
	return size
}
