package promtail

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/auditship/auditship/agent/migrate"
)

// own are labels that auditship sets itself.
var own = []string{"cluster", "hour", "input", "node", "shard"}

var labelForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// yaml is the new configuration.
func (c *converter) yaml() ([]byte, error) {
	b := migrate.NewBlock()
	b.Set("cluster", c.cluster(), "the name of this cluster, a label of every stream")
	b.Set("node", "${NODE_NAME:-}", "in a pod, from spec.nodeName; else the host's name")
	inputs := make([]*migrate.Block, len(c.inputs))
	for i, in := range c.inputs {
		name := "apiserver"
		if i > 0 {
			name = fmt.Sprintf("apiserver-%d", i+1)
		}
		inputs[i] = migrate.NewBlock().Head(fmt.Sprintf("from %s:%d", c.file, in.line)).Set("name", name).
			Set("file", migrate.NewBlock().Set("path", in.path).Set("start", "beginning"))
		if !sameRules(in.policy, c.inputs[0].policy) {
			c.note(in.line, "scrape_configs", migrate.Warning, "drops other lines than the first; the rules of the first are for all: write when conditions by hand")
		}
	}
	b.Set("inputs", inputs)
	if policy := c.inputs[0].policy; len(policy) > 0 {
		b.Set("policy", policy)
	}
	outputs := make([]*migrate.Block, len(c.clients))
	for i, out := range c.clients {
		outputs[i] = c.output(i, out)
	}
	b.Set("outputs", outputs)
	return b.YAML("Converted from "+filepath.Base(c.file)+" by auditship migrate "+c.agent+". Read the report that was printed with it.",
		"Check it with auditship validate -c FILE; docs/migrate.md tells how to switch.")
}

func sameRules(a, b []*migrate.Block) bool { return slices.Equal(a, b) }

// cluster is the label of that name, if there is one.
func (c *converter) cluster() string {
	for _, in := range c.inputs {
		for _, p := range in.labels {
			if p.key == "cluster" && p.value != "" {
				return p.value
			}
		}
	}
	for _, out := range c.clients {
		for _, p := range out.labels {
			if p.key == "cluster" && p.value != "" {
				return p.value
			}
		}
	}
	return "kubernetes"
}

func (c *converter) output(i int, out client) *migrate.Block {
	name := "loki"
	if i > 0 {
		name = fmt.Sprintf("loki-%d", i+1)
	}
	out.block.Set("labels", c.labels(out))
	b := migrate.NewBlock().Head(fmt.Sprintf("from %s:%d", c.file, out.line)).Set("name", name)
	b.Set("compat", "promtail", "the line is the event as the API server wrote it").Set("loki", out.block)
	if !out.batch.Empty() {
		b.Set("batch", out.batch)
	}
	if out.timeout != "" {
		b.Set("timeout", out.timeout)
	}
	return b
}

// labels are those that all inputs have, and the client's own.
func (c *converter) labels(out client) *migrate.Block {
	labels := migrate.NewBlock()
	for _, p := range append(slices.Clone(c.inputs[0].labels), out.labels...) {
		everywhere := slices.Contains(out.labels, p)
		if !everywhere && slices.ContainsFunc(c.inputs, func(in input) bool { return !slices.Contains(in.labels, p) }) {
			c.note(c.inputs[0].line, "labels", migrate.Warning, "%s is not the same for all logs; the label input tells them apart", migrate.Brief(p.key))
			continue
		}
		switch {
		case slices.Contains(own, p.key):
			c.note(out.line, "labels", migrate.Unneeded, "%s is set by auditship itself", p.key)
		case !labelForm.MatchString(p.key) || p.value == "":
			c.note(out.line, "labels", migrate.Warning, "%s is no label with a text", migrate.Brief(p.key))
		default:
			labels.Set(p.key, p.value)
		}
	}
	if len(c.inputs) == 1 && !labels.Has("filename") {
		labels.Set("filename", c.inputs[0].path)
	}
	return labels
}
