package rules

import (
	"sync"
	"sync/atomic"

	"github.com/auditship/auditship/agent/event"
)

// Judge decides for one pipeline: by rules that can be exchanged while it works, and counting what each rule did. Exchange and
// Each may be called by anyone, the rest belongs to one goroutine.
type Judge struct {
	next atomic.Pointer[tally] // what Exchange brought
	now  *tally

	mu     sync.Mutex
	counts map[string]*Count // of the rules of next, by name
}

// Count is what one rule did to events, since the agent started.
type Count struct {
	Rule                           string
	Filtered, Reduced, Kept, Error atomic.Uint64 // dropped; shipped without a body; shipped whole; its condition could not be answered
	drops                          bool
}

// tally are rules with the counts of each, by id.
type tally struct {
	rules  *Rules
	counts []*Count
}

// NewJudge makes a Judge that goes by the rules; nil: none.
func NewJudge(r *Rules) *Judge {
	j := &Judge{}
	if r == nil {
		r = &Rules{}
	}
	j.Exchange(r)
	j.Refresh()
	return j
}

// Exchange brings other rules, which count from the next Refresh on. A rule that keeps its name keeps its counts; those of
// rules that are gone are forgotten.
func (j *Judge) Exchange(r *Rules) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t, known := &tally{rules: r}, map[string]*Count{}
	for _, rule := range r.rules {
		c := known[rule.Rule]
		if c == nil {
			c = j.counts[rule.Rule]
		}
		if c == nil {
			c = &Count{Rule: rule.Rule}
		}
		c.drops = rule.Level == None
		known[rule.Rule] = c
		t.counts = append(t.counts, c)
	}
	j.counts = known
	j.next.Store(t)
}

// Refresh goes over to the rules that Exchange brought last.
func (j *Judge) Refresh() { j.now = j.next.Load() }

// Decide judges and counts one event.
func (j *Judge) Decide(e *event.Event) Decision {
	d, by := j.now.rules.judge(e, &question{tally: j.now})
	if by != nil && by.id != unnumbered {
		j.now.counts[by.id].add(d.Level)
	}
	return d
}

func (c *Count) add(level Level) {
	switch level {
	case None:
		c.Filtered.Add(1)
	case RequestResponse:
		c.Kept.Add(1)
	default:
		c.Reduced.Add(1)
	}
}

// failed counts a condition that could not be answered.
func (t *tally) failed(id int) {
	if t != nil {
		t.counts[id].Error.Add(1)
	}
}

// Each gives what every rule did, by result: filtered, reduced, kept, error. What never happened is left out, but for what the
// rule is there for: a rule that did nothing is worth a look.
func (j *Judge) Each(yield func(rule, result string, events uint64)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.counts {
		for _, r := range []struct {
			result string
			events uint64
			always bool
		}{{"filtered", c.Filtered.Load(), c.drops}, {"reduced", c.Reduced.Load(), false}, {"kept", c.Kept.Load(), !c.drops}, {"error", c.Error.Load(), false}} {
			if r.always || r.events > 0 {
				yield(c.Rule, r.result, r.events)
			}
		}
	}
}
