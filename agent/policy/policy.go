// Package policy answers what an audit policy (audit.k8s.io/v1 Policy, kube-apiserver's --audit-policy-file) does to a
// request, before any server is restarted with it. It matches with package rules, as the agent does; packages lint and
// coverage ask it many requests.
package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/rules"
)

// Policy is a policy that can be asked. Its answers are for one goroutine at a time.
type Policy struct {
	Path string
	rules.Inspection
	compiled *rules.Rules // nil: there is a problem that kube-apiserver would not start with
	decoder  event.Decoder
}

// Load reads a policy, with whatever is wrong with it in Problems. The error is of a file that cannot be read or is no
// policy.
func Load(path string) (*Policy, error) {
	found, err := rules.InspectPolicy(path)
	if err != nil {
		return nil, err
	}
	return compile(path, found)
}

// Read is Load for a text that is not in its file, or not yet.
func Read(path string, text []byte) (*Policy, error) {
	found, err := rules.InspectPolicyText(path, text)
	if err != nil {
		return nil, err
	}
	return compile(path, found)
}

func compile(path string, found *rules.Inspection) (p *Policy, err error) {
	p = &Policy{Path: path, Inspection: *found}
	if !slices.ContainsFunc(p.Problems, hinders) {
		p.compiled, err = rules.Compile(numbered(p.List))
	}
	return p, err
}

// hinders tells whether the rules are not to be relied on: nothing can be said of what they do.
func hinders(p rules.Problem) bool { return p.Kind == rules.NoRules || p.Kind == rules.WrongValue }

// Works tells whether requests can be asked: kube-apiserver would take the rules.
func (p *Policy) Works() bool { return p.compiled != nil }

// Err is what kube-apiserver would not start with, nil if nothing is.
func (p *Policy) Err() error {
	var errs []error
	for i := range p.Problems {
		if hinders(p.Problems[i]) {
			errs = append(errs, &p.Problems[i])
		}
	}
	return errors.Join(errs...)
}

// numbered is the list with rules named by their index, so that a decision tells it, and without stages and the keys that
// kube-apiserver passes over.
func numbered(list rules.List) rules.List {
	list.OmitStages, list.Rules = nil, slices.Clone(list.Rules)
	for i := range list.Rules {
		r := &list.Rules[i]
		*r = rules.Rule{Name: strconv.Itoa(i), Level: r.Level, Users: r.Users, UserGroups: r.UserGroups, Verbs: r.Verbs, Resources: r.Resources,
			Namespaces: r.Namespaces, NonResourceURLs: r.NonResourceURLs, OmitManagedFields: r.OmitManagedFields}
	}
	return list
}

// NoRule is the index of the rule where none matches.
const NoRule = -1

// Decision is what becomes of a request.
type Decision struct {
	Rule              int         // index of the rule that decides; NoRule
	Level             rules.Level // None where no rule matches
	OmitStages        []string    // stages without an event, in their order
	OmitManagedFields bool
}

// Logs tells whether there is an event at the stage.
func (d Decision) Logs(stage string) bool {
	return d.Level != rules.None && !slices.Contains(d.OmitStages, stage)
}

// Judge decides on an event, by its request: its own stage and outcome do not matter. It may be asked only if the policy
// Works.
func (p *Policy) Judge(e *event.Event) Decision {
	found := p.compiled.Decide(e)
	rule, err := strconv.Atoi(found.Rule)
	if err != nil {
		return Decision{Rule: NoRule}
	}
	return Decision{Rule: rule, Level: found.Level, OmitStages: p.Omitted(rule), OmitManagedFields: found.OmitManagedFields}
}

// Ask decides on a request.
func (p *Policy) Ask(r Request) Decision {
	e, err := r.decode(&p.decoder)
	if err != nil {
		panic(fmt.Sprintf("a request of our own cannot be read: %v", err)) // it is made in this package
	}
	return p.Judge(e)
}

// Stages are those of audit.k8s.io/v1, in their order.
var Stages = []string{"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"}

// Omitted are the stages that a rule or the whole policy leaves out.
func (p *Policy) Omitted(rule int) (stages []string) {
	for _, stage := range Stages {
		if slices.Contains(p.List.OmitStages, stage) || slices.Contains(p.List.Rules[rule].OmitStages, stage) {
			stages = append(stages, stage)
		}
	}
	return stages
}
