package rules

import "github.com/auditship/auditship/agent/event"

// Rules is a compiled set of lists. It is immutable.
type Rules struct {
	lists      []compiledList
	protection *compiledList   // the built-in rules that protect; nil: none do
	explicit   bool            // a rule of lists says protect: every list must be asked
	rules      []*compiledRule // all that can decide, by their ids
	source     []List
}

// Compile makes Rules of lists; where several lists apply the lower level wins. The error joins a *RuleError for
// everything that is wrong.
func Compile(lists ...List) (*Rules, error) {
	if err := join(check(lists)); err != nil {
		return nil, err
	}
	r := &Rules{source: lists}
	for i := range lists {
		r.add(&lists[i])
	}
	return r, nil
}

func (r *Rules) add(l *List) {
	c := compile(l)
	for i := range l.Rules {
		r.explicit = r.explicit || l.Rules[i].Protect != nil
	}
	r.lists = append(r.lists, c)
	r.number(&c)
}

// number gives the rules of a list their ids.
func (r *Rules) number(c *compiledList) {
	for i := range c.blocks {
		for j := range c.blocks[i].rules {
			c.blocks[i].rules[j].id = len(r.rules)
			r.rules = append(r.rules, &c.blocks[i].rules[j])
		}
	}
	if c.noMatch.Rule != "" {
		c.noMatch.id = len(r.rules)
		r.rules = append(r.rules, c.noMatch)
	}
}

// Decide judges one event. It does not allocate, save for texts that have escapes and are longer than some buffers, and for
// conditions (when).
func (r *Rules) Decide(e *event.Event) Decision {
	d, _ := r.judge(e, &question{})
	return d
}

// judge is Decide and tells which rule decided, which has no name if none matched and nothing lowered the level; nil: there is no
// list.
func (r *Rules) judge(e *event.Event, q *question) (Decision, *compiledRule) {
	if e.Has(event.ObjectRef) {
		return r.decide(e, nil, q)
	}
	if path, ok := plainPath(e); ok {
		return r.decide(e, path, q)
	}
	return r.decideEncoded(e, q)
}

// decideEncoded stands apart so that its buffer costs only those who need it.
//
//go:noinline
func (r *Rules) decideEncoded(e *event.Event, q *question) (Decision, *compiledRule) {
	var buf [2048]byte
	return r.decide(e, appendPath(buf[:0], e), q)
}

// verdict is what the lists that were asked so far say together.
type verdict struct {
	Decision
	by     *compiledRule // the rule that decided
	kept   Level         // the lowest level that leaves something
	guard  *compiledRule // a rule that keeps the event from being dropped
	exempt bool          // a rule that drops does so although the built-in ones protect
}

func (r *Rules) decide(e *event.Event, path []byte, q *question) (Decision, *compiledRule) {
	v := verdict{Decision: Decision{Level: RequestResponse}, kept: RequestResponse}
	for i := range r.lists {
		v.hear(r.lists[i].decide(e, path, q))
		if v.Level == None && v.guard == nil && !r.explicit {
			if v.guard = r.protection.guard(e, path, q); v.guard == nil {
				return v.settle()
			}
		}
	}
	if v.Level != None {
		return v.Decision, v.by
	}
	if v.guard == nil && !v.exempt {
		v.guard = r.protection.guard(e, path, q)
	}
	return v.settle()
}

// hear takes in what a list says: the rule that matched, and the level that remains.
func (v *verdict) hear(rule *compiledRule, level Level) {
	if level < v.Level || level == v.Level && v.Rule == "" {
		v.Level, v.Rule, v.by = level, rule.Rule, rule
	}
	v.OmitManagedFields = v.OmitManagedFields || rule.OmitManagedFields
	if level == None {
		v.exempt = v.exempt || rule.protect == exempts
		return
	}
	v.kept = min(v.kept, level)
	if rule.protect == protects && v.guard == nil {
		v.guard = rule
	}
}

// settle is the decision on an event that a list drops.
func (v *verdict) settle() (Decision, *compiledRule) {
	if v.guard == nil {
		return Decision{Level: None, Rule: v.Rule}, v.by
	}
	return Decision{min(v.kept, v.guard.Level), v.guard.Rule, v.OmitManagedFields || v.guard.OmitManagedFields}, v.guard
}
