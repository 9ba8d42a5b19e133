package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/builtin"
	"github.com/auditship/auditship/agent/rules"
)

// acting are the subresources by which something is done that is more than a change of the object, with their verbs.
var acting = map[string][]string{
	"exec": {"get", "create"}, "attach": {"get", "create"}, "portforward": {"get", "create"}, "proxy": {"get", "create", "update", "patch", "delete"},
	"ephemeralcontainers": {"patch", "update"}, "resize": {"patch", "update"}, "eviction": {"create"}, "binding": {"create"},
	"token": {"create"}, "approval": {"update", "patch"}, "scale": {"update", "patch"}, "log": {"get"},
}

// checkSubresources finds resources whose subresources get less than they do, by rules that do not name them.
func (l *linter) checkSubresources() {
	for i := range l.List.Rules {
		for j, w := range l.List.Rules[i].Resources {
			for k, name := range w.Resources {
				if r, ok := builtin.Find(w.Group, name); ok {
					l.checkBelow(i, fmt.Sprintf("resources[%d].resources[%d]", j, k), r)
				}
			}
		}
	}
}

func (l *linter) checkBelow(i int, key string, r builtin.Resource) {
	var missed, levels []string
	for _, below := range r.Subresources {
		t := policy.Target{Group: r.Group, Resource: r.Name, Subresource: below, Namespaced: r.Namespaced, Verbs: acting[below]}
		if less, level := l.getsLess(i, t); less {
			missed = append(missed, t.String())
			if !slices.Contains(levels, level) {
				levels = append(levels, level)
			}
		}
	}
	if len(missed) > 0 {
		l.add("unmatched-subresource", at(i, key), "%s (level %s) does not match %s, which get %s", r.Name, l.List.Rules[i].Level, strings.Join(missed, ", "), strings.Join(levels, " or "))
	}
}

// getsLess tells whether requests that the rule would match if it had the subresource get a lower level, and which.
func (l *linter) getsLess(i int, t policy.Target) (less bool, level string) {
	rule := &l.List.Rules[i]
	own, _ := rules.ParseLevel(rule.Level) // the policy works
	asked := 0
	for q := range policy.Narrowed(rule, t) {
		if asked++; asked > maxWitnesses {
			break
		}
		d := l.Ask(q)
		q.Subresource = ""
		if l.Ask(q).Rule == i && d.Level < own && !l.namesBelow(d.Rule, t) {
			return true, d.Level.String()
		}
	}
	return false, ""
}

// namesBelow tells whether a rule names the subresource: then it is meant.
func (l *linter) namesBelow(rule int, t policy.Target) bool {
	if rule == policy.NoRule {
		return false
	}
	return slices.ContainsFunc(l.List.Rules[rule].Resources, func(w rules.GroupResources) bool {
		return slices.ContainsFunc(w.Resources, func(spec string) bool {
			_, below, split := strings.Cut(spec, "/")
			return split && (below == t.Subresource || below == "*")
		})
	})
}
