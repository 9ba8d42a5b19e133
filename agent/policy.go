package agent

import (
	"github.com/auditship/auditship/agent/reload"
	"github.com/auditship/auditship/agent/rules"
)

// addPolicies has the policy files read again when they change. All of them are read anew and take effect together, in each pipeline
// from its next batch on; if one is broken nothing changes.
func (a *agent) addPolicies() { a.addPoliciesTo(a.exchange) }

func (a *agent) addPoliciesTo(exchange func(byOutput []*rules.Rules)) {
	files := a.cfg.PolicyFiles()
	if len(files) == 0 {
		return
	}
	current := make([]*rules.Rules, len(a.cfg.Outputs))
	for i := range a.cfg.Outputs {
		current[i] = a.cfg.Outputs[i].Rules
	}
	a.reloads = append(a.reloads, reload.Target{Name: "policy_file", Files: files, Load: func() (string, error) {
		next, warnings, err := a.cfg.Recompile()
		if err != nil {
			return "", err
		}
		var changes rules.Changes
		for i := range next {
			changes.Merge(rules.Diff(current[i], next[i]))
		}
		if !changes.None() {
			for _, warning := range warnings {
				a.log.Warn("policy", "warning", warning)
			}
			exchange(next)
			current = next
		}
		return changes.String(), nil
	}})
}

// exchange gives every pipeline the rules of its output.
func (a *agent) exchange(byOutput []*rules.Rules) {
	for i, p := range a.pipelines { // inputs by outputs, as build made them
		p.Exchange(byOutput[i%len(byOutput)])
	}
}
