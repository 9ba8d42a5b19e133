// Package coverage tells at which level an audit policy logs what an investigation asks for: sessions, credentials, rights,
// failed logins. It asks the policy about example requests of example callers, so it says nothing of rules for others.
package coverage

import (
	"slices"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/rules"
)

// Caller is somebody who makes the requests.
type Caller struct {
	Kind   string   `json:"kind"`
	User   string   `json:"user"`
	Groups []string `json:"groups,omitempty"`
}

// authenticated is a group of everybody who is not anonymous.
const authenticated = "system:authenticated"

// Callers are one of each kind. Their names are in no policy, but for the prefixes and groups that Kubernetes gives.
func Callers() []Caller {
	return []Caller{
		{"human", "somebody@example.org", []string{authenticated}},
		{"service account", "system:serviceaccount:example:somebody", []string{"system:serviceaccounts", "system:serviceaccounts:example", authenticated}},
		{"node", "system:node:example", []string{"system:nodes", authenticated}},
	}
}

// The callers that some rows are about alone.
var (
	nobody    = Caller{Kind: "nobody"}
	anonymous = Caller{Kind: "anonymous", User: "system:anonymous", Groups: []string{"system:unauthenticated"}}
)

// Row is what a policy does with one kind of action.
type Row struct {
	ID     string   `json:"id"` // stable
	Title  string   `json:"title"`
	Levels []Levels `json:"levels"` // by caller
}

// Levels are what the requests of one caller get.
type Levels struct {
	Caller   Caller   `json:"caller"`
	Requests []Answer `json:"requests"`
}

// Answer is what one request gets.
type Answer struct {
	Verb     string   `json:"verb"`
	Resource string   `json:"resource,omitempty"` // with its subresource
	Path     string   `json:"path,omitempty"`
	Rule     int      `json:"rule"`              // index of the rule that decides; -1: none
	Level    string   `json:"level"`             // None where no stage of the request is logged
	Stages   []string `json:"stages,omitempty"`  // that are logged
	Session  bool     `json:"session,omitempty"` // it lasts: its beginning and its end are events of their own
}

// Of asks a policy that Works, for all callers.
func Of(p *policy.Policy, callers []Caller) (rows []Row) {
	for _, a := range actions {
		row := Row{ID: a.id, Title: a.title}
		by := callers
		if a.by != nil {
			by = a.by
		}
		for _, c := range by {
			row.Levels = append(row.Levels, Levels{c, ask(p, &a, c)})
		}
		rows = append(rows, row)
	}
	return rows
}

func ask(p *policy.Policy, a *action, c Caller) (answers []Answer) {
	for _, q := range a.requests() {
		q.User, q.Groups = c.User, c.Groups
		d := p.Ask(q)
		answer := Answer{Verb: q.Verb, Path: q.Path, Rule: d.Rule, Level: rules.None.String(), Session: q.User != "" && q.LongRunning()}
		if q.Path == "" {
			answer.Resource = policy.Qualified(q.Group, q.Resource)
			if q.Subresource != "" {
				answer.Resource += "/" + q.Subresource
			}
		}
		for _, stage := range q.Stages() {
			if d.Logs(stage) {
				answer.Stages, answer.Level = append(answer.Stages, stage), d.Level.String()
			}
		}
		answers = append(answers, answer)
	}
	return answers
}

// early tells that the beginning of a session is logged, late that its end is.
func early(a *Answer) bool { return slices.Contains(a.Stages, "ResponseStarted") }
func late(a *Answer) bool  { return slices.Contains(a.Stages, "ResponseComplete") }
