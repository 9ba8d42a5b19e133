package rules

import (
	"fmt"

	"github.com/auditship/auditship/agent/event"
)

// compiledList is a List in blocks.
type compiledList struct {
	blocks  []block
	noMatch compiledRule // what decides if no rule does
}

func compile(l *List) compiledList {
	c := compiledList{noMatch: compiledRule{Decision{Level: l.NoMatch}, omitted(l.OmitStages), nil}}
	if l.NoMatch < RequestResponse || c.noMatch.omit != 0 {
		c.noMatch.Rule = l.Name + "[no match]"
	}
	for i := range l.Rules {
		r := &l.Rules[i]
		if i%blockRules == 0 {
			c.blocks = append(c.blocks, block{})
		}
		level, _ := ParseLevel(r.Level) // check has seen it
		c.blocks[len(c.blocks)-1].add(r, Decision{level, ruleName(l, i)}, omitted(l.OmitStages)|omitted(r.OmitStages))
	}
	for i := range c.blocks {
		c.blocks[i].seal()
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

func (c *compiledList) decide(e *event.Event, path []byte) Decision {
	rule := &c.noMatch
	for i := range c.blocks {
		if found := c.blocks[i].match(e, path); found != nil {
			rule = found
			break
		}
	}
	if rule.omit != 0 && rule.omit.has(e) {
		return Decision{None, rule.Rule}
	}
	return rule.Decision
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
