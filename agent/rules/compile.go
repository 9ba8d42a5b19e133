package rules

import (
	"fmt"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules/when"
)

// compiledList is a List in blocks.
type compiledList struct {
	blocks  []block
	noMatch *compiledRule // what decides if no rule does
}

// compiledRule is what remains of a rule once the parts of a request have been found to match.
type compiledRule struct {
	Decision
	id      int // among all rules of a Rules
	omit    stages
	protect protection
	wanted  []GroupResources // compared once more where the rule is unsure
	literal bool             // "*" stands for itself in wanted
	enters  bool             // see Rule
	when    *when.Condition  // nil: none
}

func compile(l *List) compiledList {
	c := compiledList{noMatch: &compiledRule{Decision: Decision{Level: l.NoMatch, OmitManagedFields: l.OmitManagedFields}, id: unnumbered, omit: omitted(l.OmitStages)}}
	if l.NoMatch < RequestResponse || c.noMatch.omit != 0 {
		c.noMatch.Rule = l.Name + "[no match]"
	}
	for i := range l.Rules {
		if i%blockRules == 0 {
			c.blocks = append(c.blocks, block{literal: l.Upstream})
		}
		c.blocks[len(c.blocks)-1].add(&l.Rules[i], compileRule(l, i))
	}
	for i := range c.blocks {
		c.blocks[i].seal()
	}
	return c
}

// unnumbered is the id of what decides if no rule does and nothing is lost by that.
const unnumbered = -1

func compileRule(l *List, i int) compiledRule {
	r := &l.Rules[i]
	level, _ := ParseLevel(r.Level) // check has seen it
	c := compiledRule{
		Decision: Decision{level, ruleName(l, i), l.OmitManagedFields}, omit: omitted(l.OmitStages) | omitted(r.OmitStages),
		protect: protectionOf(r), wanted: r.Resources, literal: l.Upstream,
		enters: r.enters,
	}
	if r.OmitManagedFields != nil {
		c.OmitManagedFields = *r.OmitManagedFields
	}
	if r.When != "" {
		c.when, _ = when.Compile(r.When) // as above
	}
	return c
}

// ruleName is what a rule is called in decisions.
func ruleName(l *List, i int) string {
	if name := l.Rules[i].Name; name != "" {
		return name
	}
	return fmt.Sprintf("%s[%d]", l.Name, i)
}

// decide is the rule that decides for the list, and the level that it leaves of the event.
func (c *compiledList) decide(e *event.Event, path []byte, q *question) (*compiledRule, Level) {
	rule := c.noMatch
	for i := range c.blocks {
		if found := c.blocks[i].match(e, path, q); found != nil {
			rule = found
			break
		}
	}
	if rule.omit != 0 && rule.omit.has(e) {
		return rule, None
	}
	return rule, rule.Level
}

// stages is a set of stages.
type stages uint8

var stageNames = [...]string{"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"}

func stageOf(name string) stages {
	for i, known := range stageNames {
		if name == known {
			return 1 << i
		}
	}
	return 0
}

func omitted(names []string) stages {
	var s stages
	for _, name := range names {
		s |= stageOf(name)
	}
	return s
}

func (s stages) has(e *event.Event) bool {
	stage := e.Text(event.Stage)
	for i, known := range stageNames {
		if s&(1<<i) != 0 && e.Equal(stage, known) {
			return true
		}
	}
	return false
}
