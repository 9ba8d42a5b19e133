package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/rules"
)

// sessions are the ways into containers and nodes.
var sessions = []policy.Target{
	{Resource: "pods", Subresource: "exec", Namespaced: true, Verbs: acting["exec"]},
	{Resource: "pods", Subresource: "attach", Namespaced: true, Verbs: acting["attach"]},
	{Resource: "pods", Subresource: "portforward", Namespaced: true, Verbs: acting["portforward"]},
	{Resource: "pods", Subresource: "ephemeralcontainers", Namespaced: true, Verbs: acting["ephemeralcontainers"]},
	{Resource: "nodes", Subresource: "proxy", Verbs: acting["proxy"]},
}

// checkUnlogged finds what must be in the log and is in none.
func (l *linter) checkUnlogged() {
	l.checkTargets("sessions-unlogged", sessions)
	l.checkTargets("rbac-unlogged", powers[:4])
	l.checkAnonymous()
}

func (l *linter) checkTargets(code string, targets []policy.Target) {
	for i := range l.List.Rules {
		if l.level(i) == rules.None {
			l.unlogged(code, at(i, "level"), targets, func(t policy.Target) (policy.Request, bool) { return l.decides(i, t) })
		}
	}
	l.unlogged(code, fmt.Sprintf("rules[%d]", len(l.List.Rules)-1), targets, l.unmatched)
}

// unlogged tells of the targets that get lost; lost gives a request that does.
func (l *linter) unlogged(code, key string, targets []policy.Target, lost func(policy.Target) (policy.Request, bool)) {
	var found []string
	var example policy.Request
	for _, t := range targets {
		if q, is := lost(t); is {
			found, example = append(found, t.String()), q
		}
	}
	if len(found) > 0 {
		l.add(code, key, "%s: not logged, such as %s", strings.Join(found, ", "), sayable(example))
	}
}

// unmatched is a request for a target that no rule matches.
func (l *linter) unmatched(t policy.Target) (policy.Request, bool) {
	for q := range policy.Narrowed(&rules.Rule{}, t) {
		if l.Ask(q).Rule == policy.NoRule {
			return q, true
		}
	}
	return policy.Request{}, false
}

// sayable is a request in words: what no policy names is left out.
func sayable(q policy.Request) string {
	by := "anybody"
	if q.User != policy.Other {
		by = fmt.Sprintf("%q", q.User)
	}
	if len(q.Groups) > 0 {
		by = "members of " + strings.Join(q.Groups, ", ")
	}
	what := q.Resource
	if q.Subresource != "" {
		what += "/" + q.Subresource
	}
	if q.Namespace != "" && q.Namespace != policy.Other {
		what += fmt.Sprintf(" in namespace %q", q.Namespace)
	}
	return fmt.Sprintf("%s %s by %s", q.Verb, what, by)
}

// attempts are what somebody without, or with wrong, credentials tries.
var attempts = []policy.Request{
	{Verb: "list", Resource: "secrets"}, {Verb: "list", Resource: "pods", Namespace: "default"}, {Verb: "get", Resource: "nodes"}, {Verb: "get", Path: "/api"},
	{Verb: "create", Resource: "pods", Namespace: "default"},
}

// checkAnonymous finds that requests without credentials are dropped, whatever they are for.
func (l *linter) checkAnonymous() {
	lost, by := 0, map[int]bool{}
	for _, q := range attempts {
		q.User, q.Groups = "system:anonymous", []string{"system:unauthenticated"}
		if d := l.Ask(q); d.Level == rules.None && d.Rule != policy.NoRule {
			lost++
			by[d.Rule] = true
		}
	}
	if lost < len(attempts) {
		return
	}
	for rule := range by {
		if r := &l.List.Rules[rule]; len(r.Users)+len(r.UserGroups) > 0 {
			l.add("anonymous-unlogged", at(rule, "level"), "requests without credentials are not logged")
		}
	}
}

// checkStages finds stages that are left out and should not be, and the other way round.
func (l *linter) checkStages() {
	if !l.checkOmitted("omitStages", l.List.OmitStages) {
		l.checkFailedLogins()
	}
	received := -1
	for i := range l.List.Rules {
		r := &l.List.Rules[i]
		if l.level(i) == rules.None {
			continue
		}
		if len(r.Users)+len(r.UserGroups) == 0 {
			l.checkOmitted(at(i, "omitStages"), r.OmitStages)
		} else {
			l.checkLate(i)
		}
		applies := l.level(i) >= rules.Request && slices.Equal(r.Verbs, []string{"patch"}) // see checkApplies
		if received < 0 && !applies && !slices.Contains(l.Omitted(i), "RequestReceived") {
			received = i
		}
	}
	if received >= 0 {
		l.add("request-received", at(received, "level"), "RequestReceived is logged")
	}
}

func (l *linter) checkOmitted(key string, stages []string) bool {
	at := slices.Index(stages, "ResponseStarted")
	if at >= 0 {
		l.add("failed-logins", fmt.Sprintf("%s[%d]", key, at), "ResponseStarted is omitted, and with it every failed login")
	}
	return at >= 0
}

// checkLate: rules for named users have no failed logins, but sessions.
func (l *linter) checkLate(i int) {
	stage := slices.Index(l.List.Rules[i].OmitStages, "ResponseStarted")
	for _, t := range sessions {
		if _, does := l.decides(i, t); does && stage >= 0 {
			l.add("late-sessions", at(i, fmt.Sprintf("omitStages[%d]", stage)), "ResponseStarted of sessions is omitted")
			return
		}
	}
}

// checkFailedLogins finds that none is logged, for other reasons than the stage.
func (l *linter) checkFailedLogins() {
	for _, q := range attempts {
		if l.Ask(q).Level != rules.None {
			return
		}
	}
	l.add("failed-logins", "rules", "no rule logs requests without a user: every failed login is lost")
}
