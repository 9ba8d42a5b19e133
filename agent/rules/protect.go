package rules

import (
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// protection is what a rule has to do with the dropping of what it matches.
type protection uint8

const (
	indifferent protection = iota
	protects               // no other list drops it
	exempts                // this rule drops it although the built-in rules protect it
)

func protectionOf(r *Rule) protection {
	switch {
	case r.Protect == nil:
		return indifferent
	case *r.Protect:
		return protects
	}
	return exempts
}

// Protection are the built-in rules: what nobody should be able to lose by a rule that is wider than it looks. They are asked
// only about events that some list drops, and ship those all the same, at the level here or the lowest that a list leaves.
// RequestReceived is left out: nothing has happened by then, and what follows tells of it all.
func Protection() List {
	yes, changes := true, false
	received := []string{"RequestReceived"}
	writes := []string{"create", "update", "patch", "delete", "deletecollection"}
	return List{Name: "protect", NoMatch: None, Rules: []Rule{
		{Name: "protect: sessions", Level: "RequestResponse", OmitStages: received, Protect: &yes, Resources: []GroupResources{
			{Resources: []string{"pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"}}}},
		{Name: "protect: sessions by proxy", Level: "RequestResponse", OmitStages: received, Protect: &yes, enters: true, Resources: []GroupResources{
			{Resources: []string{"nodes/proxy", "pods/proxy", "services/proxy"}}}},
		{Name: "protect: RBAC writes", Level: "RequestResponse", OmitStages: received, Protect: &yes, Verbs: writes, DryRun: &changes, Resources: []GroupResources{
			{Group: "rbac.authorization.k8s.io"}}},
		{Name: "protect: people and secrets", Level: "Metadata", OmitStages: received, Protect: &yes, Actors: []string{"human", "anonymous"}, Resources: []GroupResources{
			{Resources: []string{"secrets"}}}},
		{Name: "protect: refusals", Level: "Metadata", OmitStages: received, Protect: &yes, ResponseCodes: []string{"401", "403"}},
	}}
}

// Protected is r with the built-in rules above its lists.
func (r *Rules) Protected() *Rules {
	list := Protection()
	compiled := compile(&list)
	compiled.noMatch.Rule = "" // it decides nothing
	protected := &Rules{lists: r.lists, explicit: r.explicit, protection: &compiled, rules: slices.Clip(r.rules), source: r.source}
	protected.number(&compiled)
	return protected
}

// IsProtected tells whether the built-in rules are above the lists.
func (r *Rules) IsProtected() bool { return r.protection != nil }

// guard is the rule of the list that protects the event; nil if none does, or there is no list.
func (c *compiledList) guard(e *event.Event, path []byte, q *question) *compiledRule {
	if c == nil {
		return nil
	}
	if rule, level := c.decide(e, path, q); level != None {
		return rule
	}
	return nil
}
