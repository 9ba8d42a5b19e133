package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auditship/auditship/agent/rules"
)

// compile makes the rules of every output: the agent's policy and policy_file, then its own, and above them the built-in ones.
func (d *document) compile(c *Config) {
	common := d.lists("", c.Policy, c.PolicyFile)
	for i := range c.Outputs {
		o := &c.Outputs[i]
		own := d.lists(fmt.Sprintf("outputs[%d]", i), o.Policy, o.PolicyFile)
		compiled, err := rules.Compile(append(common[:len(common):len(common)], own...)...)
		if err != nil && len(d.found) == 0 { // else it is told already, by list
			d.report(fmt.Sprintf("outputs[%d]", i), err.Error())
		}
		if o.Rules = compiled; compiled != nil && o.Protect == "on" {
			o.Rules = compiled.Protected()
		}
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

// PolicyFiles are the policy files of all outputs, each once.
func (c *Config) PolicyFiles() []string {
	var files []string
	for _, file := range append([]string{c.PolicyFile}, c.outputFiles()...) {
		if file != "" && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

func (c *Config) outputFiles() (files []string) {
	for i := range c.Outputs {
		files = append(files, c.Outputs[i].PolicyFile)
	}
	return files
}

// Recompile reads the policy files again and makes the rules of every output anew, in the order of Outputs. The configuration
// itself stays as it was. The errors name what is wrong as Load does; the warnings are those of the policy files.
func (c *Config) Recompile() (all []*rules.Rules, warnings []string, err error) {
	d := newDocument(c.File)
	d.lines = c.lines
	again := *c
	again.Outputs = slices.Clone(c.Outputs)
	d.compile(&again)
	if err := d.err(d.file); err != nil {
		return nil, nil, err
	}
	for i := range again.Outputs {
		all = append(all, again.Outputs[i].Rules)
	}
	return all, d.warnings, nil
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
