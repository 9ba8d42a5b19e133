package simulate

import (
	"hash/maphash"
	"slices"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// outcome is what becomes of the events of one Output.
type outcome struct {
	Output
	limits Limits
	lists  []int // for each rule, by id, which of Rules.Lists it is in
	trace  rules.Trace
	event  event.Event  // a copy, as what is done with it leaves its marks
	guards *rules.Rules // what is built in, asked also where it is off
	arena  []byte
	key    []byte // scratch
	seed   maphash.Seed

	filtered, kept Volume
	stripped       uint64 // bytes of bodies
	shipped        uint64 // bytes, as shipped
	failed         uint64 // events that could not be redacted
	rules          []*ruleCount
	unruled        ruleCount // what no rule matches and nothing is lost of
	shadows        map[shadow]uint64
	endangered     map[danger]*sample
	tables         [numTables]table
	changes        map[change]*sample
	unlisted       Volume // changes that are too many to be told apart
}

// shadow is a rule that matched and an earlier one of its list that decided.
type shadow struct{ rule, by int }

// danger is a rule that drops, or would drop, what another protects. The name is that of the rule that protects.
type danger struct {
	rule    int
	by      string
	dropped bool
}

// ruleCount is what one rule did.
type ruleCount struct {
	matched  uint64 // events
	first    uint64 // events for which it decided in its list
	decided  sample // for which it decided in the end
	filtered uint64 // events of decided
	reduced  uint64 // events of decided that lost a body
}

func newOutcome(o Output, limits Limits) *outcome {
	guards, err := rules.Compile(rules.Protection())
	if err != nil {
		panic(err) // a mistake of package rules, which tests find
	}
	c := &outcome{Output: o, limits: limits, guards: guards, seed: maphash.MakeSeed(), shadows: map[shadow]uint64{}, endangered: map[danger]*sample{}, changes: map[change]*sample{}}
	for _, rule := range o.Rules.All() {
		c.rules = append(c.rules, &ruleCount{})
		c.lists = append(c.lists, slices.IndexFunc(o.Rules.Lists(), func(l rules.List) bool { return l.Name == rule.List }))
	}
	return c
}

// add judges an event as a pipeline does (agent/pipeline/take.go).
func (o *outcome) add(decoded *event.Event) {
	o.event = *decoded
	e := &o.event
	o.Enricher.Observe(e)
	o.Rules.Trace(e, &o.trace)
	o.count(e)
	o.guard(e)
	if o.Against != nil {
		o.compare(e)
	}
	if o.trace.Level == rules.None {
		o.filtered.add(len(e.Raw) + 1)
		return
	}
	o.keep(e)
}

// count books what the rules said.
func (o *outcome) count(e *event.Event) {
	t := &o.trace
	for _, id := range t.Matched {
		o.rules[id].matched++
		if by := t.First[o.lists[id]]; by != id {
			o.shadows[shadow{id, by}]++
		}
	}
	for _, id := range t.First {
		if id >= 0 {
			o.rules[id].first++
		}
	}
	rule := &o.unruled
	if t.By >= 0 {
		rule = o.rules[t.By]
	}
	o.sample(&rule.decided, e)
	switch {
	case t.Level == rules.None:
		rule.filtered++
	case bodies(e, t.Level) > 0:
		rule.reduced++
	}
}

// guard books what is dropped, or would be, although it is protected.
func (o *outcome) guard(e *event.Event) {
	t := &o.trace
	if t.Dropper < 0 {
		return
	}
	d := danger{t.Dropper, t.Rule, t.Level == rules.None}
	if d.dropped {
		protected := o.guards.Decide(e)
		if d.by = protected.Rule; protected.Level == rules.None {
			return
		}
	}
	if o.endangered[d] == nil {
		o.endangered[d] = &sample{}
	}
	o.sample(o.endangered[d], e)
}

// keep books what is shipped.
func (o *outcome) keep(e *event.Event) {
	lost := bodies(e, o.trace.Level)
	length := len(e.Raw) + 1 - lost
	o.kept.add(length)
	o.stripped += uint64(lost)
	o.tabulate(e, length)
	e.Rule = o.trace.Rule
	o.trace.Level.Strip(e)
	if err := o.finish(e, o.Redactor, o.trace.OmitManagedFields); err != nil {
		o.failed++
		return
	}
	o.shipped += uint64(e.Size()) + 1
}
