package fluentd

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
)

// conclude tells what concerns the whole.
func (c *converter) conclude(name string) {
	at := func(kind migrate.Kind, what, text string) {
		c.report.Add(migrate.Note{File: name, What: what, Kind: kind, Text: text})
	}
	var unset []string
	for variable := range c.unset {
		unset = append(unset, variable)
	}
	if slices.Sort(unset); len(unset) > 0 {
		at(migrate.Warning, "environment", "decides how something is converted, and is not set here: "+strings.Join(unset, ", ")+"; set them as fluentd has them and convert again")
	}
	for _, out := range c.outputs {
		if len(out.inputs) < len(c.inputs) {
			at(migrate.Converted, "output "+out.name, "gets only some of the logs: see outputs of the inputs")
		}
	}
	if len(c.outputs) == 0 && len(c.inputs) > 0 {
		at(migrate.Warning, "outputs", "no event went anywhere; a file stands in their place")
	}
	at(migrate.Unneeded, "redact", "auditship takes secrets out of events (docs/redaction.md), which fluentd shipped: redact: off ships them, too")
}

// yaml is the new configuration.
func (c *converter) yaml(name string) ([]byte, error) {
	b := migrate.NewBlock()
	c.top(b)
	inputs := make([]*migrate.Block, len(c.inputs))
	for i, in := range c.inputs {
		file := migrate.NewBlock().Set("path", migrate.Quote(in.path)).Set("start", in.start)
		inputs[i] = migrate.NewBlock().Head("from "+in.Place.String()+positionsOf(in)).Set("name", in.name).Set("file", file)
		if some := c.outputsOf(in); len(some) > 0 && len(some) < len(c.outputs) {
			inputs[i].Set("outputs", some)
		}
	}
	if need := c.memory(); need > 40<<20 {
		b.Set("memory", migrate.NewBlock().Set("max_bytes", sizeText((need+(16<<20))>>20<<20)), "for so many and so large batches")
	}
	b.Set("inputs", inputs)
	if len(c.outputs) == 0 {
		c.outputs = []*output{{name: "file", kind: "file", batch: migrate.NewBlock(), block: migrate.NewBlock().Set("path", "/var/log/auditship/events.jsonl")}}
	}
	shared := c.sharedPolicy()
	if shared != nil {
		b.Set("policy", ordered(shared))
	}
	outputs := make([]*migrate.Block, len(c.outputs))
	for i, out := range c.outputs {
		outputs[i] = c.output(out, shared != nil)
	}
	b.Set("outputs", outputs)
	text, err := b.YAML("Converted from "+filepath.Base(name)+" by auditship migrate fluentd. Read the report that was printed with it.",
		"Check it with auditship validate -c FILE; docs/migrate.md tells how to switch.")
	if bytes.Contains(text, []byte("${HOSTNAME}")) {
		c.report.Add(migrate.Note{File: name, What: "environment", Kind: migrate.Warning, Text: "fluentd put the host's name into a value: set HOSTNAME in the agent's environment"})
	}
	return text, err
}

// memory is what the pipelines hold: two batches each, and what the reader has.
func (c *converter) memory() (bytes int64) {
	for _, out := range c.outputs {
		batch, ok := parseSize(strings.TrimSuffix(out.batch.Text("max_bytes"), "iB"))
		if !ok {
			batch = 1 << 20
		}
		bytes += int64(max(1, len(out.inputs))) * (2*batch + 1<<20)
	}
	return bytes
}

// outputsOf are the names of those that get an input's events.
func (c *converter) outputsOf(in *input) (names []string) {
	for _, out := range c.outputs {
		if slices.Contains(out.inputs, in) {
			names = append(names, out.name)
		}
	}
	return names
}

func positionsOf(in *input) string {
	if in.posFile == "" {
		return "; it had no pos_file"
	}
	return "; positions in " + in.posFile
}

func (c *converter) top(b *migrate.Block) {
	for _, out := range c.outputs {
		if out.chain.cluster != "" && !b.Has("cluster") {
			b.Set("cluster", out.chain.cluster)
		}
	}
	if !b.Has("cluster") {
		b.Set("cluster", "kubernetes", "the name of this cluster, in every event that has an auditship object")
	}
	node := c.Node
	if node == "" {
		node = "${NODE_NAME:-}"
	}
	b.Set("node", node, "in a pod, from spec.nodeName; else the host's name")
}

// sharedPolicy are the rules where all outputs have the same; nil: they have not, or there are none.
func (c *converter) sharedPolicy() []*migrate.Block {
	first := c.outputs[0].chain.policy
	for _, out := range c.outputs {
		if !slices.Equal(out.chain.policy, first) {
			return nil
		}
	}
	return first
}

// ordered puts rules that drop before those that only leave out parts: the first that matches decides.
func ordered(rules []*migrate.Block) []*migrate.Block {
	var drop, rest []*migrate.Block
	for _, r := range rules {
		if r.Has("when") {
			drop = append(drop, r)
		} else {
			rest = append(rest, r)
		}
	}
	return append(drop, rest...)
}

func (c *converter) output(out *output, shared bool) *migrate.Block {
	origin := []string{}
	if out.File != "" {
		origin = append(origin, "from "+out.Place.String())
	}
	b := migrate.NewBlock().Head(append(origin, out.comments...)...).Set("name", out.name)
	b.Set("compat", "fluentd")
	if fields := migrate.NewBlock(); len(out.chain.fields) > 0 {
		for _, p := range out.chain.fields {
			fields.Set(p.key, p.value)
		}
		b.Set("fields", fields)
	}
	b.Set(out.kind, out.block)
	if !shared && len(out.chain.policy) > 0 {
		b.Set("policy", ordered(out.chain.policy))
	}
	if !out.batch.Empty() {
		b.Set("batch", out.batch)
	}
	if out.timeout != "" {
		b.Set("timeout", out.timeout)
	}
	for _, in := range out.inputs {
		if in.rate != "" {
			b.Set("rate_limit", in.rate)
		}
	}
	return b
}
