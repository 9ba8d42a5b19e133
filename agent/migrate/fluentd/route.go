package fluentd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/migrate"
	"github.com/auditship/auditship/agent/migrate/fluentd/conf"
)

// follow takes the events of an input along the way that fluentd would: through the filters whose pattern the tag matches, to the first <match>
// that does.
func (c *converter) follow(in *input) {
	way := in.shape.clone()
	way.tag = in.tag
	c.along(in, in.label, way, 0)
}

const (
	mostLabels = 16   // one after the other: more go in a circle
	mostSteps  = 4096 // of all ways together: copies can fork them again and again
)

func (c *converter) along(in *input, label string, way chain, depth int) {
	if c.steps++; depth > mostLabels || c.steps > mostSteps {
		c.steps = mostSteps
		c.note(in.Place, "<source>", migrate.Warning, "leads in a circle by way of the label "+migrate.Brief(label)+"; what lies behind is not converted")
		return
	}
	list := c.directives(c.root)
	if label != "" && label != "@ROOT" {
		e := c.labels[label]
		if e == nil {
			c.note(in.Place, "<source>", migrate.Warning, "leads to the label "+migrate.Brief(label)+", which is not there")
			return
		}
		c.section(e).once(migrate.Converted, "was followed")
		list = e.Children
	}
	for _, e := range list {
		if e.Name != "filter" && e.Name != "match" || !c.matches(c.now(e.Arg), way.tag) {
			continue
		}
		if s := c.section(e); e.Name == "filter" {
			c.filter(s, &way)
		} else {
			c.match(in, s, way, depth)
			return
		}
	}
	c.note(in.Place, "<source>", migrate.Warning, "no <match> takes its events: fluentd dropped them")
}

// once is tell for what is met on several ways.
func (s section) once(kind migrate.Kind, text string) {
	if !s.c.seen[s.Element] {
		s.tell(kind, "%s", text)
	}
}

// filter converts what a filter does. Its notes are made once, however many inputs pass it.
func (c *converter) filter(s section, way *chain) {
	notes := len(c.report.Notes)
	known := c.seen[s.Element]
	switch s.kind {
	case "grep":
		way.policy = append(way.policy, c.grep(s)...)
	case "record_transformer", "record_modifier":
		c.transform(s, way)
	case "parser":
		c.reparse(s, way)
	case "kubernetes_metadata":
		c.leave(s.Element, migrate.Unneeded, "adds what is known of a pod to its log; an audit log is no pod's")
	case "stdout", "prometheus", "flowcounter_simple", "record_map", "dummy":
		c.leave(s.Element, migrate.Unneeded, "counts or shows what passes; see auditship status and /metrics")
	default:
		c.leave(s.Element, migrate.Warning, "changed records in a way that is not carried over: do it in an ingest pipeline of the server, or look whether auditship's own fields have it (docs/events.md)")
	}
	if known {
		c.report.Notes = c.report.Notes[:notes]
	}
}

// match converts where events go to.
func (c *converter) match(in *input, s section, way chain, depth int) {
	switch s.kind {
	case "copy", "roundrobin":
		c.copies(in, s, way, depth)
	case "relabel":
		s.once(migrate.Converted, "was followed")
		s.finish()
		c.along(in, s.now("@label"), way, depth+1)
	case "null":
		s.once(migrate.Converted, "drops what comes here; no output is made")
		s.finish()
	case "rewrite_tag_filter", "retag", "record_reformer", "route", "rewrite", "tagged_copy":
		c.rewritten = true
		c.leave(s.Element, migrate.Warning, "sends events on under other tags, which is not followed: write an output for each destination by hand")
	default:
		c.deliver(in, s, way)
	}
}

// copies converts copy, of which each <store> gets all events. A roundrobin shares them out, which is not needed any more.
func (c *converter) copies(in *input, s section, way chain, depth int) {
	if s.kind == "roundrobin" {
		s.once(migrate.Warning, "gave each event to one of its stores; here each output gets all: keep one of them, with all addresses")
	}
	s.once(migrate.Converted, "is an output for each <store>; no output holds up another")
	s.param("copy_mode", migrate.Unneeded, "outputs never share records")
	for _, store := range s.sub("store") {
		if arg := store.Arg.String(); arg != "" {
			c.note(store.Place, store.what(""), migrate.Unneeded, migrate.Brief(arg)+": no output holds up another")
		}
		c.match(in, store, way.clone(), depth+1)
	}
	s.finish()
}

// deliver makes an output, or adds the input to the one that there is.
func (c *converter) deliver(in *input, s section, way chain) {
	if made, met := c.reached[s.Element]; met {
		for _, out := range made {
			if !slices.Contains(out.inputs, in) {
				out.inputs = append(out.inputs, in)
				c.compareWays(in, s, way, out)
			}
		}
		return
	}
	out := &output{Place: s.Place, chain: way, block: migrate.NewBlock(), batch: migrate.NewBlock(), inputs: []*input{in}}
	if !c.destination(s, out) || !c.place(s, out) {
		c.reached[s.Element] = nil
		return
	}
	out.name = c.outputName(out)
	if way.whole != "" {
		c.note(s.Place, s.what(""), migrate.Warning, "got each line as a text in the field "+migrate.Brief(way.whole)+"; auditship ships the event's own fields: change dashboards")
	}
	c.outputs = append(c.outputs, out)
	c.reached[s.Element] = []*output{out}
}

// place gives a file output a path that no other has; false: there is only one standard output.
func (c *converter) place(s section, out *output) bool {
	if out.kind != "file" {
		return true
	}
	for n, first := 2, out.block.Text("path"); slices.ContainsFunc(c.outputs, func(o *output) bool { return o.kind == "file" && o.block.Text("path") == out.block.Text("path") }); n++ {
		if first == "-" {
			c.note(s.Place, s.what(""), migrate.Warning, "writes to standard output once more; it is written to once")
			return false
		}
		out.block.Set("path", fmt.Sprintf("%s-%d.jsonl", strings.TrimSuffix(first, ".jsonl"), n))
	}
	return true
}

// compareWays warns where two inputs come to one output by different ways.
func (c *converter) compareWays(in *input, s section, way chain, out *output) {
	if !slices.Equal(way.fields, out.chain.fields) || len(way.policy) != len(out.chain.policy) || way.tag != out.chain.tag && slices.ContainsFunc(out.chain.fields, func(p pair) bool { return p.value == out.chain.tag }) {
		c.note(s.Place, s.what(""), migrate.Warning, "gets events of several sources that differ in their filters or tags, and the output has those of the first: convert each alone with --source, and run an agent for each")
	}
}

// leftovers tells of all that no event of an audit log comes to.
func (c *converter) leftovers(e *conf.Element) {
	for _, p := range e.Params {
		if !c.seen[p] {
			c.seen[p] = true
			c.note(p.Place, migrate.Brief(p.Key), migrate.Warning, "stands outside of any directive; fluentd does nothing with it")
		}
	}
	for _, child := range e.Children {
		s := c.section(child)
		switch {
		case child.Name == "worker" || child.Name == "label" && c.seen[child]:
			c.leftovers(child)
		case c.seen[child]:
		case child.Name == "system":
			c.system(s)
		case child.Name == "label" && (s.Arg.String() == "@ERROR" || s.Arg.String() == "@FLUENT_LOG"), child.Name == "match" && c.matches(c.now(child.Arg), "fluent.info") && !c.matches(c.now(child.Arg), "x.y"):
			c.leave(child, migrate.Unneeded, "is for fluentd's own trouble; auditship logs to standard error, and sets aside what can't be delivered (dead letters)")
		case c.rewritten && (child.Name == "filter" || child.Name == "match"):
			c.leave(child, migrate.Warning, "may have got audit events under another tag, which is not followed: write an output by hand for what it did")
		case child.Name == "source", child.Name == "filter", child.Name == "match", child.Name == "label":
			c.leave(child, migrate.Unneeded, "no event of an audit log comes here; leave it with fluentd, if it has other work")
		default:
			c.leave(child, migrate.Warning, "is no directive that is known here")
		}
	}
}
