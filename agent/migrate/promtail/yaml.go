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
	c.reached()
	b.Set("inputs", c.inputs())
	rules := make([][]rule, len(c.clients))
	same := true
	for i := range c.clients {
		rules[i] = c.rules(i)
		same = same && slices.Equal(rules[i], rules[0])
	}
	if same && len(rules[0]) > 0 {
		b.Set("policy", policy(rules[0]))
	}
	outputs := make([]*migrate.Block, len(c.clients))
	for i, out := range c.clients {
		outputs[i] = c.output(i, out)
		if !same && len(rules[i]) > 0 {
			outputs[i].Set("policy", policy(rules[i]))
		}
	}
	b.Set("outputs", outputs)
	return b.YAML("Converted from "+filepath.Base(c.file)+" by auditship migrate "+c.agent+". Read the report that was printed with it.",
		"Check it with auditship validate -c FILE; docs/migrate.md tells how to switch.")
}

// reached leaves out clients that get nothing of an audit log.
func (c *converter) reached() {
	number, kept := map[int]int{}, []client{}
	for i, out := range c.clients {
		if len(c.of(i)) > 0 {
			number[i], kept = len(kept), append(kept, out)
		} else {
			c.note(out.line, "client", migrate.Unneeded, "gets nothing of an audit log; no output is made of it")
		}
	}
	for i, j := range c.jobs {
		if j.to != nil {
			c.jobs[i].to = nil
			for _, to := range j.to {
				c.jobs[i].to = append(c.jobs[i].to, number[to])
			}
		}
	}
	c.clients = kept
}

// of are the jobs of which a client gets the lines.
func (c *converter) of(client int) []job {
	return slices.DeleteFunc(slices.Clone(c.jobs), func(j job) bool { return j.to != nil && !slices.Contains(j.to, client) })
}

// inputs are the logs, each once, with the outputs that get them, if these are not all.
func (c *converter) inputs() (inputs []*migrate.Block) {
	for _, path := range c.paths() {
		at := slices.IndexFunc(c.jobs, func(j job) bool { return j.path == path })
		in := migrate.NewBlock().Head(fmt.Sprintf("from %s:%d", c.file, c.jobs[at].line)).Set("name", numbered("apiserver", len(inputs))).
			Set("file", migrate.NewBlock().Set("path", path).Set("start", "beginning"))
		var to []string
		for i := range c.clients {
			if slices.ContainsFunc(c.of(i), func(j job) bool { return j.path == path }) {
				to = append(to, numbered("loki", i))
			}
		}
		if len(to) < len(c.clients) {
			in.Set("outputs", to)
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// paths are those of the logs in their order.
func (c *converter) paths() (paths []string) {
	for _, j := range c.jobs {
		if !slices.Contains(paths, j.path) {
			paths = append(paths, j.path)
		}
	}
	return paths
}

func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

// rules are those of a client: what is dropped of one log and kept of another can't be told apart by them, so it is kept.
func (c *converter) rules(client int) []rule {
	jobs := c.of(client)
	for _, j := range jobs[1:] {
		if !slices.Equal(j.rules, jobs[0].rules) {
			c.note(j.line, "scrape_configs", migrate.Warning, "drops other lines than line %d does, for the same client; nothing is dropped for it now: write when conditions by hand", jobs[0].line)
			return nil
		}
	}
	return jobs[0].rules
}

func policy(rules []rule) []*migrate.Block {
	blocks := make([]*migrate.Block, len(rules))
	for i, r := range rules {
		blocks[i] = migrate.NewBlock().Set("name", migrate.Quote(r.name)).Set("level", "None").Set("when", migrate.Quote(r.when)).Set("protect", false)
	}
	return blocks
}

// cluster is the label of that name, if there is one.
func (c *converter) cluster() string {
	var all []pair
	for _, j := range c.jobs {
		all = append(all, j.labels...)
	}
	for _, out := range c.clients {
		all = append(all, out.labels...)
	}
	for _, p := range all {
		if p.key == "cluster" && p.value != "" {
			return p.value
		}
	}
	return "kubernetes"
}

func (c *converter) output(i int, out client) *migrate.Block {
	out.block.Set("labels", c.labels(out, c.of(i)))
	b := migrate.NewBlock().Head(fmt.Sprintf("from %s:%d", c.file, out.line)).Set("name", numbered("loki", i))
	b.Set("compat", "promtail", "the line is the event as the API server wrote it").Set("loki", out.block)
	if !out.batch.Empty() {
		b.Set("batch", out.batch)
	}
	if out.timeout != "" {
		b.Set("timeout", out.timeout)
	}
	return b
}

// labels are those that all its jobs have, and the client's own.
func (c *converter) labels(out client, jobs []job) *migrate.Block {
	labels := migrate.NewBlock()
	for _, p := range append(slices.Clone(jobs[0].labels), out.labels...) {
		everywhere := slices.Contains(out.labels, p)
		if !everywhere && slices.ContainsFunc(jobs, func(j job) bool { return !slices.Contains(j.labels, p) }) {
			c.note(jobs[0].line, "labels", migrate.Warning, "%s is not the same for all logs; the label input tells them apart", migrate.Brief(p.key))
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
	if !slices.ContainsFunc(jobs, func(j job) bool { return j.path != jobs[0].path }) && !labels.Has("filename") {
		labels.Set("filename", jobs[0].path)
	}
	return labels
}
