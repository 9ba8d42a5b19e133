package rules

import "github.com/auditship/auditship/agent/event"

// Explanation is why rules decide about one event as they do. Its texts repeat what the event and the rules say: any characters.
type Explanation struct {
	Decision
	Lists []ListExplanation // all of them, whether or not they were asked; the built-in one last, if it applies
}

// ListExplanation is what one list says of the event.
type ListExplanation struct {
	Name    string
	Built   bool // it is the built-in one, and asked only if another list drops the event
	Rules   []RuleExplanation
	Decides int    // index of the first rule that matches; -1: none does
	Level   Level  // what the list leaves of the event
	Omits   string // the stage at which it is dropped, if that is why Level is None
}

// RuleExplanation is what one rule says of the event.
type RuleExplanation struct {
	Name    string
	Level   string
	Matches bool
	Keys    []KeyExplanation // that are given
}

// KeyExplanation is whether the event satisfies one key of a rule, and why.
type KeyExplanation struct {
	Key   string
	Holds bool
	Text  string // `[get list] does not have "watch"`
}

// Explain tells, key by key, what every rule says of an event. Each key is asked by the compiled form of a rule that has no other,
// so what is told is what happens.
func (r *Rules) Explain(e *event.Event) Explanation {
	x := Explanation{Decision: r.Decide(e)}
	for i := range r.source {
		x.Lists = append(x.Lists, explainList(&r.source[i], e))
	}
	if r.protection != nil {
		list := Protection()
		built := explainList(&list, e)
		built.Built = true
		x.Lists = append(x.Lists, built)
	}
	return x
}

func explainList(l *List, e *event.Event) ListExplanation {
	x := ListExplanation{Name: l.Name, Decides: -1, Level: l.NoMatch}
	omit := omitted(l.OmitStages)
	for i := range l.Rules {
		rule := explainRule(l, i, e)
		x.Rules = append(x.Rules, rule)
		if rule.Matches && x.Decides < 0 {
			x.Decides = i
			x.Level, _ = ParseLevel(rule.Level) // Compile has seen it
			omit |= omitted(l.Rules[i].OmitStages)
		}
	}
	if omit.has(e) && x.Level != None {
		x.Level, x.Omits = None, e.String(e.Text(event.Stage))
	}
	return x
}

func explainRule(l *List, i int, e *event.Event) RuleExplanation {
	r := &l.Rules[i]
	x := RuleExplanation{Name: ruleName(l, i), Level: r.Level, Matches: true}
	for _, k := range keysOf(r) {
		holds := satisfies(l, &k.only, e)
		x.Matches = x.Matches && holds
		x.Keys = append(x.Keys, KeyExplanation{k.name, holds, k.text(e, holds)})
	}
	return x
}

// satisfies tells whether a rule of the list would match.
func satisfies(l *List, r *Rule, e *event.Event) bool {
	alone := List{Rules: []Rule{*r}, Upstream: l.Upstream}
	b := block{literal: l.Upstream}
	b.add(r, compileRule(&alone, 0))
	b.seal()
	return b.match(e, appendPath(nil, e), &question{}) != nil
}

// part is one key of a rule.
type part struct {
	name string
	only Rule // has nothing but this key
	text func(e *event.Event, holds bool) string
}

// keysOf are the keys of a rule that are given and decide whether it matches.
func keysOf(r *Rule) (keys []part) {
	add := func(given bool, name string, only Rule, text func(*event.Event, bool) string) {
		if given {
			keys = append(keys, part{name, only, text})
		}
	}
	add(len(r.Users) > 0, "users", Rule{Users: r.Users}, listed(r.Users, userOf))
	add(len(r.UserGroups) > 0, "userGroups", Rule{UserGroups: r.UserGroups}, listed(r.UserGroups, groupsOf))
	add(len(r.Verbs) > 0, "verbs", Rule{Verbs: r.Verbs}, listed(r.Verbs, fieldOf(event.Verb)))
	add(len(r.Resources) > 0, "resources", Rule{Resources: r.Resources}, listed(resourcesText(r.Resources), resourceOf))
	add(len(r.Namespaces) > 0, "namespaces", Rule{Namespaces: r.Namespaces}, listed(r.Namespaces, namespaceOf))
	add(len(r.NonResourceURLs) > 0, "nonResourceURLs", Rule{NonResourceURLs: r.NonResourceURLs}, listed(r.NonResourceURLs, pathOf))
	add(len(r.UserAgents) > 0, "userAgents", Rule{UserAgents: r.UserAgents}, listed(r.UserAgents, fieldOf(event.UserAgent)))
	add(len(r.ResponseCodes) > 0, "responseCodes", Rule{ResponseCodes: r.ResponseCodes}, listed(r.ResponseCodes, codeOf))
	add(len(r.SourceCIDRs) > 0, "sourceCIDRs", Rule{SourceCIDRs: r.SourceCIDRs}, listed(r.SourceCIDRs, sourceOf))
	add(len(r.Actors) > 0, "actors", Rule{Actors: r.Actors}, listed(r.Actors, actorOf))
	add(r.DryRun != nil, "dryRun", Rule{DryRun: r.DryRun}, dryRunText)
	add(r.enters, "path", Rule{enters: true}, entersText)
	add(r.When != "", "when", Rule{When: r.When, Protect: r.Protect}, whenText(r.When))
	return keys
}
