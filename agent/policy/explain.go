package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// Explanation is what a policy does with one request, rule by rule.
type Explanation struct {
	Request Request `json:"request"`
	// Rules are those that were asked, in their order; the last one matches, unless none does.
	Rules      []Asked  `json:"rules"`
	Rule       int      `json:"rule"` // index of the one that decides; NoRule
	Level      string   `json:"level"`
	OmitStages []string `json:"omitStages,omitempty"` // stages without an event
	// Events are the stages that are logged of a request that takes this way.
	Events []string `json:"events,omitempty"`
	// ManagedFields tells whether they are left out of the bodies.
	OmitManagedFields bool   `json:"omitManagedFields"`
	Note              string `json:"note,omitempty"`
}

// Asked is what one rule says.
type Asked struct {
	Rule    int    `json:"rule"`
	Name    string `json:"name,omitempty"` // kube-apiserver knows none, auditship does
	Level   string `json:"level"`
	Matches bool   `json:"matches"`
	Keys    []Key  `json:"keys,omitempty"` // that the rule has; all must match
}

// Key is what one key of a rule says.
type Key struct {
	Name    string `json:"key"`
	Matches bool   `json:"matches"`
	Wants   string `json:"wants"`
	Has     string `json:"has"` // what the request has there
}

// Explain tells rule by rule what becomes of the request of an event. Ask it only if the policy Works.
func (p *Policy) Explain(e *event.Event) Explanation {
	r, d := Of(e), p.Judge(e)
	x := Explanation{Request: r, Rule: d.Rule, Level: d.Level.String(), OmitStages: d.OmitStages, OmitManagedFields: d.OmitManagedFields}
	for i := range p.List.Rules {
		if d.Rule != NoRule && i > d.Rule {
			break
		}
		rule := &p.List.Rules[i]
		x.Rules = append(x.Rules, Asked{Rule: i, Name: rule.Name, Level: rule.Level, Matches: i == d.Rule, Keys: ask(rule, e, &r)})
	}
	for _, stage := range r.stages() {
		if d.Logs(stage) {
			x.Events = append(x.Events, stage)
		}
	}
	x.Note = r.note(d)
	return x
}

// ExplainRequest is Explain for a request of which there is no event.
func (p *Policy) ExplainRequest(r Request) (Explanation, error) {
	e, err := r.decode(&p.decoder)
	if err != nil {
		return Explanation{}, fmt.Errorf("make an event of the request: %w", err)
	}
	return p.Explain(e), nil
}

// ask asks each key of a rule alone, by rules of that key only: so it cannot differ from how whole rules are matched.
func ask(r *rules.Rule, e *event.Event, q *Request) (keys []Key) {
	for _, k := range []struct {
		name, wants, has string
		alone            rules.Rule
	}{
		{"users", quoted(r.Users), q.caller(), rules.Rule{Users: r.Users}},
		{"userGroups", quoted(r.UserGroups), orNone(quoted(q.Groups)), rules.Rule{UserGroups: r.UserGroups}},
		{"verbs", quoted(r.Verbs), q.Verb, rules.Rule{Verbs: r.Verbs}},
		{"resources", wantedResources(r.Resources), q.object(), rules.Rule{Resources: r.Resources}},
		{"namespaces", quoted(r.Namespaces), q.place(), rules.Rule{Namespaces: r.Namespaces}},
		{"nonResourceURLs", quoted(r.NonResourceURLs), q.path(), rules.Rule{NonResourceURLs: r.NonResourceURLs}},
	} {
		if k.wants != "" {
			keys = append(keys, Key{k.name, matches(k.alone, e), k.wants, k.has})
		}
	}
	return keys
}

func matches(rule rules.Rule, e *event.Event) bool {
	rule.Level = rules.Metadata.String()
	compiled, err := rules.Compile(rules.List{Rules: []rules.Rule{rule}, NoMatch: rules.None, Upstream: true})
	return err == nil && compiled.Decide(e).Level != rules.None
}

func quoted(values []string) string {
	var all []string
	for _, v := range values {
		all = append(all, fmt.Sprintf("%q", v))
	}
	return strings.Join(all, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func wantedResources(wanted []rules.GroupResources) string {
	var all []string
	for _, w := range wanted {
		group := w.Group
		if group == "" {
			group = "the core group"
		}
		text := "all of " + group
		if len(w.Resources) > 0 {
			text = strings.Join(w.Resources, ", ") + " of " + group
		}
		if len(w.ResourceNames) > 0 {
			text += " named " + quoted(w.ResourceNames)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func (r *Request) caller() string {
	if r.User == "" {
		return "no user, as in a failed login"
	}
	return fmt.Sprintf("%q", r.User)
}

func (r *Request) object() string {
	if r.Path != "" {
		return "no resource but the path " + r.Path
	}
	group := r.Group
	if group == "" {
		group = "the core group"
	}
	text := r.Resource
	if r.Subresource != "" {
		text += "/" + r.Subresource
	}
	text += " of " + group
	if r.Name != "" {
		text += fmt.Sprintf(" named %q", r.Name)
	}
	return text
}

func (r *Request) place() string {
	switch {
	case r.Path != "":
		return "no resource but the path " + r.Path
	case r.Namespace == "":
		return "no namespace"
	}
	return fmt.Sprintf("%q", r.Namespace)
}

func (r *Request) path() string {
	if r.Path == "" {
		return "a resource and no path of its own"
	}
	return r.Path
}

// longRunning are the subresources whose requests have a ResponseStarted, beside watches (the --long-running-request
// pattern of kube-apiserver).
var longRunning = []string{"attach", "exec", "log", "portforward", "proxy"}

// stages are those that a request goes through if all goes well; a failed login has ResponseStarted alone.
func (r *Request) stages() []string {
	switch {
	case r.User == "":
		return []string{"ResponseStarted"}
	case r.Verb == "watch" || slices.Contains(longRunning, r.Subresource):
		return []string{"RequestReceived", "ResponseStarted", "ResponseComplete"}
	}
	return []string{"RequestReceived", "ResponseComplete"}
}

// note tells what surprises.
func (r *Request) note(d Decision) string {
	switch {
	case d.Rule == NoRule:
		return "no rule matches, so nothing is logged"
	case r.User == "" && d.Level != rules.None && !d.Logs("ResponseStarted"):
		return "a failed login has a ResponseStarted and nothing else: without that stage it is not logged at all"
	case d.Level > rules.Metadata && slices.Contains([]string{"exec", "attach", "portforward"}, r.Subresource):
		return "there is no body at any level: the command is in the URI, which Metadata has, too"
	}
	return ""
}
