package policy

import (
	"fmt"
	"slices"

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
	Line    int    `json:"line"`
	Name    string `json:"name,omitempty"` // kube-apiserver knows none, auditship does
	Level   string `json:"level"`
	Matches bool   `json:"matches"`
	Keys    []Key  `json:"keys,omitempty"` // that the rule has; all must match
}

// Key is what one key of a rule says.
type Key struct {
	Name    string `json:"key"`
	Matches bool   `json:"matches"`
	Text    string `json:"text"` // what the rule wants and what the request has
}

// Explain tells rule by rule what becomes of the request of an event. Ask it only if the policy Works.
func (p *Policy) Explain(e *event.Event) Explanation {
	r, d := Of(e), p.Judge(e)
	x := Explanation{Request: r, Rule: d.Rule, Level: d.Level.String(), OmitStages: d.OmitStages, OmitManagedFields: d.OmitManagedFields}
	for i, rule := range p.compiled.Explain(e).Lists[0].Rules {
		if d.Rule != NoRule && i > d.Rule {
			break
		}
		asked := Asked{Rule: i, Name: p.List.Rules[i].Name, Level: rule.Level, Matches: rule.Matches}
		asked.Line, _ = p.Place(fmt.Sprintf("rules[%d]", i))
		for _, k := range rule.Keys {
			asked.Keys = append(asked.Keys, Key{k.Key, k.Holds, k.Text})
		}
		x.Rules = append(x.Rules, asked)
	}
	for _, stage := range r.Stages() {
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

// longRunning are the subresources whose requests have a ResponseStarted, beside watches (the --long-running-request
// pattern of kube-apiserver).
var longRunning = []string{"attach", "exec", "log", "portforward", "proxy"}

// LongRunning tells whether the request lasts, so that its beginning and its end are events of their own.
func (r *Request) LongRunning() bool {
	return r.Verb == "watch" || slices.Contains(longRunning, r.Subresource)
}

// Stages are those that a request goes through if all goes well; a failed login has ResponseStarted alone.
func (r *Request) Stages() []string {
	switch {
	case r.User == "":
		return []string{"ResponseStarted"}
	case r.LongRunning():
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
