package rules

import (
	"slices"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/proxy"
)

// block is up to blockRules rules of a list, turned around: for every part of a request it knows at once which rules
// that part satisfies. The rules that all parts satisfy match, and the first of them decides. So the cost of an event is a
// few look-ups, however many rules there are.
type block struct {
	rules               []compiledRule
	literal             bool // of a kind: Policy, where "*" stands for itself in most places
	resource, elsewhere set  // rules that may match resource requests, and other requests
	verbs               table
	users               patterns
	groups              patterns
	namespaces          patterns
	resources           resources
	wildcards           wildcards
	names               table
	urls                patterns
	agents              patterns
	codes               codes
	sources             sources
	actors              actors
	dryRun              dryRun
	unsure              set // rules that must be looked at once more when all parts are satisfied
}

func (b *block) add(r *Rule, compiled compiledRule) {
	i := len(b.rules)
	b.rules = append(b.rules, compiled)
	if len(r.NonResourceURLs) == 0 {
		b.resource.add(i)
	}
	if len(r.Resources) == 0 && len(r.Namespaces) == 0 {
		b.elsewhere.add(i)
	}
	b.verbs.add(i, r.Verbs)
	b.users.add(i, r.Users, b.literal)
	b.groups.add(i, r.UserGroups, b.literal)
	b.namespaces.add(i, r.Namespaces, b.literal)
	b.urls.add(i, r.NonResourceURLs, false)
	b.agents.add(i, r.UserAgents, false)
	b.codes.add(i, r.ResponseCodes)
	b.sources.add(i, r.SourceCIDRs)
	b.actors.add(i, r.Actors)
	b.dryRun.add(i, r.DryRun)
	b.addResources(i, r.Resources)
	if compiled.when != nil || compiled.enters {
		b.unsure.add(i)
	}
}

// addResources adds what can be looked up of resources and their names; the rest makes the rule unsure.
func (b *block) addResources(i int, wanted []GroupResources) {
	var names []string
	everyName, wild := len(wanted) == 0, false
	for _, w := range wanted {
		names = append(names, w.ResourceNames...)
		everyName = everyName || len(w.ResourceNames) == 0 || !b.literal && slices.ContainsFunc(w.ResourceNames, hasWildcard)
		wild = wild || !b.literal && w.wild()
	}
	if len(names) > 0 || wild {
		b.unsure.add(i)
	}
	if everyName {
		names = nil
	}
	b.names.add(i, names)
	if wild {
		b.resources.add(i, nil)
		b.wildcards.add(i, wanted)
		return
	}
	b.resources.add(i, wanted)
	b.wildcards.none.add(i)
}

func (b *block) seal() {
	for _, t := range []*table{&b.verbs, &b.users.table, &b.groups.table, &b.namespaces.table, &b.wildcards.groups.table, &b.wildcards.names.table, &b.names, &b.urls.table, &b.agents.table} {
		t.seal()
	}
	b.codes.seal()
	b.actors.seal()
}

// match is the first rule that the event satisfies, nil if there is none. The path counts where there is no objectRef.
func (b *block) match(e *event.Event, path []byte, q *question) *compiledRule {
	found := b.candidates(e, path)
	for i := found.takeFirst(); i >= 0; i = found.takeFirst() {
		if rule := &b.rules[i]; !b.unsure.has(i) || rule.holds(e, q) {
			return rule
		}
	}
	return nil
}

// holds looks at what could not be looked up: resources with their names and wildcards, paths behind proxies, and last the
// condition.
func (r *compiledRule) holds(e *event.Event, q *question) bool {
	if len(r.wanted) > 0 && !named(r.wanted, r.literal, e) || r.enters && !proxy.Enters(e) {
		return false
	}
	if r.when == nil {
		return true
	}
	holds, err := r.when.Holds(q.ask(e))
	if err != nil {
		q.tally.failed(r.id)
		return r.protect == protects // whoever writes the object decides whether it can be answered: that must not undo protection
	}
	return holds
}

// candidates asks the cheap and telling parts first.
func (b *block) candidates(e *event.Event, path []byte) set {
	found := b.elsewhere
	resource := e.Has(event.ObjectRef)
	if resource {
		found = b.resource
	}
	_ = found.and(b.codes.of(e.Code)) &&
		b.verbs.narrow(&found, e, e.Text(event.Verb)) &&
		b.narrowUser(&found, e) &&
		(resource && b.narrowResource(&found, e) || !resource && b.urls.narrowBytes(&found, path)) &&
		b.narrowGroups(&found, e) &&
		b.agents.narrow(&found, e, e.Text(event.UserAgent)) &&
		b.actors.narrow(&found, e) &&
		b.sources.narrow(&found, e) &&
		b.dryRun.narrow(&found, e)
	return found
}

// narrowUser takes an event without a user name for what it is: nobody.
func (b *block) narrowUser(found *set, e *event.Event) bool {
	if e.User.Username.Len() == 0 {
		return found.and(&b.users.any)
	}
	return b.users.narrow(found, e, e.User.Username)
}

func (b *block) narrowResource(found *set, e *event.Event) bool {
	if !found.within(&b.resources.any) {
		if matching := b.resources.ofEvent(e); !found.and(&matching) {
			return false
		}
	}
	if !found.within(&b.wildcards.none) && !b.wildcards.narrow(found, e) {
		return false
	}
	if !found.within(&b.namespaces.any) && !b.namespaces.narrow(found, e, namespace(e)) {
		return false
	}
	return found.within(&b.names.any) || found.and(b.names.of(e, name(e)))
}

func (b *block) narrowGroups(found *set, e *event.Event) bool {
	if found.within(&b.groups.any) {
		return true
	}
	matching := b.groups.any
	for name := range e.Strings(e.User.Groups) {
		b.groups.collect(&matching, e, name)
	}
	return found.and(&matching)
}
