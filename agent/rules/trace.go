package rules

import "github.com/auditship/auditship/agent/event"

// Info is what is to be known of a rule to tell what it does. Its id is its place in [Rules.All].
type Info struct {
	Name     string // in decisions
	List     string // whose it is
	Index    int    // in the list; -1: it is what happens to events that no rule of the list matches
	Level    Level  // that it leaves
	Protects bool   // it keeps what other lists drop: protect is true, or it is built in
	Built    bool   // it is built in: it decides only about what some list drops
}

// All are all rules that can decide, by their ids: list by list in their order, each followed by what happens to events that none of
// its rules matches, if that leaves out anything; last the built-in ones.
func (r *Rules) All() []Info {
	all := make([]Info, len(r.rules))
	fill := func(c *compiledList, list string, built bool) {
		index := 0
		for i := range c.blocks {
			for j := range c.blocks[i].rules {
				rule := &c.blocks[i].rules[j]
				all[rule.id] = Info{rule.Rule, list, index, rule.Level, rule.protect == protects, built}
				index++
			}
		}
		if id := c.noMatch.id; id != unnumbered {
			all[id] = Info{c.noMatch.Rule, list, -1, c.noMatch.Level, false, built}
		}
	}
	for i := range r.lists {
		fill(&r.lists[i], r.source[i].Name, false)
	}
	if r.protection != nil {
		fill(r.protection, Protection().Name, true)
	}
	return all
}

// Lists are the lists that the rules were made of, without the built-in one.
func (r *Rules) Lists() []List { return r.source }

// Trace is what all rules say of one event: more than a decision takes, for those who want to know what the rules are good for. It
// is made for use with many events.
type Trace struct {
	Decision
	By      int   // id of the rule that decided; -1: no rule matched, and nothing is lost by that
	Dropper int   // id of the first rule that drops the event, even if another protects it; -1: none does
	Matched []int // ids of the rules that match, asked or not, built-in ones aside
	First   []int // for each list the id of the rule that decides for it; -1: as By

	path []byte
}

// Trace judges an event as Decide does and fills in t.
func (r *Rules) Trace(e *event.Event, t *Trace) {
	path := t.path[:0]
	if !e.Has(event.ObjectRef) {
		path = appendPath(path, e)
	}
	*t = Trace{Matched: t.Matched[:0], First: t.First[:0], By: -1, Dropper: -1, path: path}
	var by *compiledRule
	q := question{}
	if t.Decision, by = r.decide(e, path, &q); by != nil {
		t.By = by.id
	}
	for i := range r.lists {
		t.ask(r, &r.lists[i], e, &q)
	}
}

func (t *Trace) ask(r *Rules, list *compiledList, e *event.Event, q *question) {
	rule, before := list.noMatch, len(t.Matched)
	for i := range list.blocks {
		t.Matched = list.blocks[i].appendMatching(t.Matched, e, t.path, q)
	}
	if len(t.Matched) > before {
		rule = r.rules[t.Matched[before]]
	}
	t.First = append(t.First, rule.id)
	if t.Dropper < 0 && (rule.Level == None || rule.omit != 0 && rule.omit.has(e)) {
		t.Dropper = rule.id
	}
}

// appendMatching appends the ids of all rules that the event satisfies.
func (b *block) appendMatching(ids []int, e *event.Event, path []byte, q *question) []int {
	found := b.candidates(e, path)
	for i := found.takeFirst(); i >= 0; i = found.takeFirst() {
		if rule := &b.rules[i]; !b.unsure.has(i) || rule.holds(e, q) {
			ids = append(ids, rule.id)
		}
	}
	return ids
}
