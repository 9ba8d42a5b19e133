package fluentd

import (
	"regexp"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// now is a value by the present environment.
func (c *converter) now(v conf.Value) string {
	text, _, unset := v.Resolve(c.lookup, c.host)
	for _, name := range unset {
		c.unset[name] = true
	}
	return text
}

// value makes a value of the new configuration: #{ENV['X'] || 'd'} is ${X:-d} there, and the host's name ${HOSTNAME} of the agent's environment.
func (c *converter) value(v conf.Value, at conf.Place, what string) string {
	var out strings.Builder
	for _, p := range v.Parts {
		switch p.Kind {
		case conf.Literal:
			out.WriteString(migrate.Quote(p.Text))
		case conf.Env:
			out.WriteString(c.variable(p, at, what))
		case conf.Hostname:
			out.WriteString(hostname)
		case conf.Code:
			c.note(at, what, migrate.Warning, "has Ruby code in it ("+migrate.Brief(p.Text)+"), which is not run; write what it gives in its place")
			out.WriteString("RUBY")
		}
	}
	return out.String()
}

// hostname stands for the host's name until it is known where in the configuration it goes.
const hostname = "${HOSTNAME}"

var secret = regexp.MustCompile(`(?i)password|token|key_pass|cloud_auth`)

// variable is an environment variable as the new configuration has it. There an empty one counts as not set where there is a default.
func (c *converter) variable(p conf.Part, at conf.Place, what string) string {
	if value, set := c.lookup(p.Text); c.Literal && set && !secret.MatchString(p.Text) {
		return migrate.Quote(value)
	}
	c.variables[p.Text] = true
	if p.Default == nil {
		return "${" + p.Text + ":-}" // as nothing, where it is not set
	}
	fallback, _, unset := conf.Value{Parts: p.Default}.Resolve(func(string) (string, bool) { return "", false }, c.host)
	if len(unset) > 0 || strings.ContainsAny(fallback, "}") {
		c.note(at, what, migrate.Warning, "falls back to more than a text where "+migrate.Brief(p.Text)+" is not set; set it")
		fallback = ""
	}
	return "${" + p.Text + ":-" + fallback + "}"
}
