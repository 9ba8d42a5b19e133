package rules

import "github.com/auditship/auditship/agent/event"

// block is up to blockRules rules of a list, turned around: for every part of a request it knows at once which rules
// that part satisfies. The rules that all parts satisfy match, and the first of them decides. So the cost of an event is a
// few look-ups, however many rules there are.
type block struct {
	rules               []compiledRule
	resource, elsewhere set // rules that may match resource requests, and other requests
	verbs               table
	users               table
	groups              table
	namespaces          table
	resources           resources
	names               table
	urls                patterns
	agents              patterns
	codes               codes
	unsure              set // rules whose resourceNames must be compared with their resources once more
}

// compiledRule is what remains of a rule once it has matched.
type compiledRule struct {
	Decision
	omit   stages
	wanted []GroupResources
}

func (b *block) add(r *Rule, decision Decision, omit stages) {
	i := len(b.rules)
	b.rules = append(b.rules, compiledRule{decision, omit, r.Resources})
	if len(r.NonResourceURLs) == 0 {
		b.resource.add(i)
	}
	if len(r.Resources) == 0 && len(r.Namespaces) == 0 {
		b.elsewhere.add(i)
	}
	b.verbs.add(i, r.Verbs)
	b.users.add(i, r.Users)
	b.groups.add(i, r.UserGroups)
	b.namespaces.add(i, r.Namespaces)
	b.resources.add(i, r.Resources)
	b.urls.add(i, r.NonResourceURLs)
	b.agents.add(i, r.UserAgents)
	b.codes.add(i, r.ResponseCodes)
	b.addNames(i, r.Resources)
}

func (b *block) addNames(i int, wanted []GroupResources) {
	var names []string
	everyName := len(wanted) == 0
	for _, w := range wanted {
		names = append(names, w.ResourceNames...)
		everyName = everyName || len(w.ResourceNames) == 0
	}
	if len(names) > 0 {
		b.unsure.add(i)
	}
	if everyName {
		names = nil
	}
	b.names.add(i, names)
}

func (b *block) seal() {
	for _, t := range []*table{&b.verbs, &b.users, &b.groups, &b.namespaces, &b.names, &b.urls.table, &b.agents.table} {
		t.seal()
	}
	b.codes.seal()
}

// match is the first rule that the event satisfies, nil if there is none. The path counts where there is no objectRef.
func (b *block) match(e *event.Event, path []byte) *compiledRule {
	found := b.candidates(e, path)
	for i := found.takeFirst(); i >= 0; i = found.takeFirst() {
		if rule := &b.rules[i]; !b.unsure.has(i) || named(rule.wanted, e) {
			return rule
		}
	}
	return nil
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
		(resource && b.narrowResource(&found, e) || !resource && b.narrowPath(&found, path)) &&
		b.narrowGroups(&found, e) &&
		b.narrowAgents(&found, e)
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
	if !found.within(&b.namespaces.any) && !found.and(b.namespaces.of(e, namespace(e))) {
		return false
	}
	return found.within(&b.names.any) || found.and(b.names.of(e, name(e)))
}

func (b *block) narrowPath(found *set, path []byte) bool {
	return found.within(&b.urls.any) || b.urls.narrowBytes(found, path)
}

func (b *block) narrowGroups(found *set, e *event.Event) bool {
	if found.within(&b.groups.any) {
		return true
	}
	matching := b.groups.any
	for name := range e.Strings(e.User.Groups) {
		matching.or(b.groups.of(e, name))
	}
	return found.and(&matching)
}

func (b *block) narrowAgents(found *set, e *event.Event) bool {
	agent := e.Text(event.UserAgent)
	switch {
	case found.within(&b.agents.any):
		return true
	case agent.Escaped:
		return b.narrowEscaped(found, e, agent)
	}
	return b.agents.narrowBytes(found, e.Bytes(agent.Span))
}

// narrowEscaped stands apart for its buffer: the API server cuts user agents at 1,024 bytes.
//
//go:noinline
func (b *block) narrowEscaped(found *set, e *event.Event, agent event.Text) bool {
	var buf [1280]byte
	return b.agents.narrowBytes(found, e.AppendText(buf[:0], agent))
}
