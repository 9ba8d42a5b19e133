package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/rules"
)

// checkReach finds rules that can never decide.
func (l *linter) checkReach() {
	for i := range l.List.Rules {
		l.checkReached(i)
	}
}

func (l *linter) checkReached(i int) {
	rule := &l.List.Rules[i]
	earlier, same, asked := map[int]bool{}, true, 0
	for q := range policy.Witnesses(rule) {
		if asked++; asked > maxWitnesses {
			return
		}
		d := l.Ask(q)
		if d.Rule == i {
			return
		}
		if d.Rule != policy.NoRule && d.Rule < i { // else the rule does not match it: told elsewhere
			earlier[d.Rule] = true
			same = same && l.sameEffect(d, i)
		}
	}
	if len(earlier) > 0 {
		l.shadowed(i, slices.Sorted(maps.Keys(earlier)), same)
	}
}

// sameEffect tells whether the rule would have had what was decided.
func (l *linter) sameEffect(d policy.Decision, i int) bool {
	rule := &l.List.Rules[i]
	managed := l.List.OmitManagedFields
	if rule.OmitManagedFields != nil {
		managed = *rule.OmitManagedFields
	}
	return d.Level.String() == rule.Level && (d.Level == rules.None || slices.Equal(d.OmitStages, l.Omitted(i)) && d.OmitManagedFields == managed)
}

func (l *linter) shadowed(i int, earlier []int, same bool) {
	code := "unreachable"
	if same {
		code = "redundant"
	}
	var names []string
	for _, j := range earlier {
		line, _ := l.Place(fmt.Sprintf("rules[%d]", j))
		names = append(names, fmt.Sprintf("rules[%d] (line %d)", j, line))
	}
	matches := "matches"
	if len(names) > 1 {
		matches = "together match"
	}
	l.add(code, fmt.Sprintf("rules[%d]", i), "%s %s all that this rule does", strings.Join(names, ", "), matches)
}

// strangers are requests that only a catch-all matches.
var strangers = []policy.Request{
	{User: policy.Other, Verb: policy.Other, Group: policy.Other, Resource: policy.Other, Namespace: policy.Other, Name: policy.Other},
	{User: policy.Other, Verb: policy.Other, Path: "/" + policy.Other},
}

// checkEnd finds that there is no rule for the rest.
func (l *linter) checkEnd() {
	last := fmt.Sprintf("rules[%d]", len(l.List.Rules)-1)
	switch resource, path := l.Ask(strangers[0]).Rule, l.Ask(strangers[1]).Rule; {
	case resource == policy.NoRule:
		l.add("no-catch-all", last, "no rule matches what the others do not")
	case path == policy.NoRule:
		l.add("no-catch-all", last, "no rule matches requests for paths, such as /metrics, that the others do not match")
	}
}
