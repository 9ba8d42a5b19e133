package config

import (
	"errors"
	"fmt"

	"github.com/auditship/auditship/agent/rules"
)

// compile makes the rules of every output: the agent's policy and policy_file, then its own.
func (d *document) compile(c *Config) {
	common := d.lists("", c.Policy, c.PolicyFile)
	for i := range c.Outputs {
		o := &c.Outputs[i]
		own := d.lists(fmt.Sprintf("outputs[%d]", i), o.Policy, o.PolicyFile)
		compiled, err := rules.Compile(append(common[:len(common):len(common)], own...)...)
		if err != nil && len(d.found) == 0 { // else it is told already, by list
			d.report(fmt.Sprintf("outputs[%d]", i), err.Error())
		}
		o.Rules = compiled
	}
}

// lists are the policy and the policy_file below a path, as far as they are given and right.
func (d *document) lists(path string, policy []rules.Rule, file string) []rules.List {
	var lists []rules.List
	if len(policy) > 0 {
		at := join(path, "policy")
		list := rules.List{Name: at, Rules: policy, NoMatch: rules.RequestResponse}
		if _, err := rules.Compile(list); err != nil {
			d.reportRules(at, err)
		} else {
			lists = append(lists, list)
		}
	}
	if file != "" {
		at := join(path, "policy_file")
		list, err := rules.LoadPolicy(file)
		for _, wrong := range unjoin(err) {
			d.report(at, wrong.Error())
		}
		d.warnings = append(d.warnings, list.Warnings...)
		if list.Name = at; err == nil {
			lists = append(lists, list)
		}
	}
	return lists
}

// reportRules puts what is wrong with rules to the lines where it stands.
func (d *document) reportRules(at string, err error) {
	for _, wrong := range unjoin(err) {
		var rule *rules.RuleError
		if errors.As(wrong, &rule) {
			d.report(join(fmt.Sprintf("%s[%d]", at, rule.Index), rule.Key), rule.Problem)
		} else {
			d.report(at, wrong.Error())
		}
	}
}

// unjoin are the errors that errors.Join made one.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
