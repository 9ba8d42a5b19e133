package simulate

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// mostChanges is how many pairs of rules are told apart: two lists of 64 rules at odds everywhere.
const mostChanges = 4096

// change is what two sets of rules say of events about which they do not agree.
type change struct{ was, is verdict }

type verdict struct {
	level rules.Level
	rule  string
}

// compare books an event that the other rules keep more or less of.
func (o *outcome) compare(e *event.Event) {
	was := o.Against.Decide(e)
	if was.Level == o.trace.Level {
		return
	}
	c := change{verdict{was.Level, was.Rule}, verdict{o.trace.Level, o.trace.Rule}}
	s := o.changes[c]
	if s == nil {
		if len(o.changes) == mostChanges {
			o.unlisted.add(len(e.Raw) + 1)
			return
		}
		s = &sample{}
		o.changes[c] = s
	}
	o.sample(s, e)
}

// kind is dropped, kept, or level: what the change comes to.
func (c change) kind() string {
	switch rules.None {
	case c.is.level:
		return "dropped"
	case c.was.level:
		return "kept"
	}
	return "level"
}
