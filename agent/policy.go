package agent

import (
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/reload"
	"github.com/auditship/auditship/agent/rules"
)

// policies has the policy files read again when they change. All of them are read anew and take effect together, in each pipeline
// from its next batch on; if one is broken nothing changes.
func (a *agent) policies(cfg *config.Config, exchange func(byOutput []*rules.Rules)) []reload.Target {
	files := cfg.PolicyFiles()
	if len(files) == 0 {
		return nil
	}
	current := make([]*rules.Rules, len(cfg.Outputs))
	for i := range cfg.Outputs {
		current[i] = cfg.Outputs[i].Rules
	}
	return []reload.Target{{Name: "policy_file", Files: files, Load: func() (string, error) {
		next, warnings, err := cfg.Recompile()
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
	}}}
}

// exchange gives every pipeline the rules of its output.
func (a *agent) exchange(byOutput []*rules.Rules) {
	c := a.crew.Load()
	for i, out := range c.cfg.Outputs {
		for _, l := range c.lanes {
			if l.OutputName == out.Name {
				l.Exchange(byOutput[i])
			}
		}
	}
}
