// Package lint finds what is wrong with an audit policy for kube-apiserver, and what its author may not have meant: what the
// server refuses or silently passes over, rules that do nothing, credentials that get into the log, and what gets in no log.
//
// A rule is judged by asking the whole policy what it does to the requests that the rule is about (package policy), not by
// how it looks. Of API groups that kube-apiserver does not serve itself nothing is said.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/auditship/auditship/agent/policy"
)

// Severity is how bad a finding is.
type Severity string

// Severities: the policy does not do what is written in it, or loses or leaks what it must not; it probably does not do what was
// meant; it could do better.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// severities, the worst last.
var severities = []Severity{Info, Warning, Error}

// ParseSeverity is the severity of that name.
func ParseSeverity(name string) (Severity, error) {
	if s := Severity(name); slices.Contains(severities, s) {
		return s, nil
	}
	return "", fmt.Errorf("%q is no severity: use error, warning or info", name)
}

// AtLeast tells whether s is as bad as other.
func (s Severity) AtLeast(other Severity) bool {
	return slices.Index(severities, s) >= slices.Index(severities, other)
}

// Finding is one thing that is to be said of a policy. Its texts may repeat what stands in the file.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"` // 0: the whole file
	Column   int      `json:"column,omitempty"`
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`          // one of Codes, stable
	Key      string   `json:"key,omitempty"` // "rules[3].verbs[0]"
	What     string   `json:"what"`
	Why      string   `json:"why"`
	Instead  string   `json:"instead"`
}

// linter looks at one policy.
type linter struct {
	*policy.Policy
	found []Finding
}

// Check finds what is to be said of a policy, in the order of its lines. If kube-apiserver would not take the policy, that is
// all that is told: what its rules do is not known before.
func Check(p *policy.Policy) []Finding {
	l := &linter{Policy: p}
	l.checkProblems()
	if p.Works() {
		for _, check := range []func(){l.checkNames, l.checkScopes, l.checkReach, l.checkEnd, l.checkSubresources, l.checkCredentials, l.checkUnlogged, l.checkStages, l.checkBodies} {
			check()
		}
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return l.found
}

// add adds a finding at a key; what it says beside What is that of its code, and may be changed.
func (l *linter) add(code, key, what string, args ...any) *Finding {
	c := Codes[code]
	f := Finding{File: l.Path, Severity: c.Severity, Code: code, Key: key, What: fmt.Sprintf(what, args...), Why: c.Why, Instead: c.Instead}
	f.Line, f.Column = l.Place(key)
	l.found = append(l.found, f)
	return &l.found[len(l.found)-1]
}

// maxWitnesses bounds how many requests are asked about a rule. Of what lies beyond it nothing is claimed.
const maxWitnesses = 50_000

// decides tells whether a rule decides about any request of a target: it matches, and no rule before it does.
func (l *linter) decides(rule int, t policy.Target) (q policy.Request, does bool) {
	asked := 0
	for q := range policy.Narrowed(&l.List.Rules[rule], t) {
		if l.Ask(q).Rule == rule {
			return q, true
		}
		if asked++; asked == maxWitnesses {
			break
		}
	}
	return policy.Request{}, false
}

func at(rule int, key string) string { return fmt.Sprintf("rules[%d].%s", rule, key) }
