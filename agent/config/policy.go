package config

import (
	"fmt"

	"github.com/auditship/auditship/agent/rules"
)

// compile makes the rules of every output: the agent's policy and policy_file, then its own.
func (d *document) compile(c *Config) {
	common := d.lists("", c.Policy, c.PolicyFile)
	for i := range c.Outputs {
		o := &c.Outputs[i]
		lists := append(common[:len(common):len(common)], d.lists(fmt.Sprintf("outputs[%d]", i), o.Policy, o.PolicyFile)...)
		var err error
		if o.Rules, err = rules.Compile(lists...); err != nil {
			d.report(fmt.Sprintf("outputs[%d]", i), err.Error())
		}
	}
}

func (d *document) lists(path string, policy []rules.Rule, file string) []rules.List {
	var lists []rules.List
	if len(policy) > 0 {
		lists = append(lists, rules.List{Name: join(path, "policy"), Rules: policy, NoMatch: rules.RequestResponse})
	}
	if file != "" {
		d.report(join(path, "policy_file"), "is not available in this version")
	}
	return lists
}
