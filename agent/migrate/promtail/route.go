package promtail

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// route is a way to clients, with the stages on it.
type route struct {
	stages  []*yaml.Node
	clients []int
}

// together makes one way of those with the same stages. Without any there is one that leads to nobody.
func together(routes []route) (all []route) {
	for _, r := range routes {
		at := slices.IndexFunc(all, func(o route) bool { return slices.Equal(o.stages, r.stages) })
		if at < 0 {
			all = append(all, r)
		} else {
			all[at].clients = append(all[at].clients, r.clients...)
		}
	}
	if len(all) == 0 {
		all = []route{{clients: []int{}}}
	}
	return all
}

const (
	mostDepths = 16   // components one after the other: more go in a circle
	mostSteps  = 4096 // of all ways together: receivers can fork them again and again
)

// forward follows lines through their stages to where they are written.
func (a *alloy) forward(value *yaml.Node, stages []*yaml.Node, depth int) (routes []route) {
	for _, to := range value.Content {
		name, _ := strings.CutSuffix(to.Value, ".receiver")
		b := a.components[name]
		a.steps++
		switch {
		case b == nil || depth > mostDepths || a.steps > mostSteps:
			a.note(to.Line, "forward_to", migrate.Warning, "leads to "+migrate.Brief(to.Value)+", which is not there or goes in a circle")
		case b.name == "loki.write":
			routes = append(routes, route{stages, a.write(b)})
		case b.name == "loki.process":
			routes = append(routes, a.process(b, stages, depth)...)
		case b.name == "loki.relabel":
			a.note(b.line, b.name+" "+b.label, migrate.Warning, "changed labels, or dropped lines by them; give outputs.loki.labels, which are the same for all events, by hand")
			routes = append(routes, a.beyond(b, stages, depth)...)
		default:
			a.note(to.Line, "forward_to", migrate.Warning, "leads to "+migrate.Brief(to.Value)+", which is not followed: write outputs by hand")
		}
	}
	return routes
}

func (a *alloy) process(b *block, stages []*yaml.Node, depth int) []route {
	stages = slices.Clone(stages)
	for _, inner := range b.blocks {
		stages = append(stages, a.stage(b, inner))
	}
	return a.beyond(b, stages, depth)
}

// beyond follows lines behind a component.
func (a *alloy) beyond(b *block, stages []*yaml.Node, depth int) []route {
	a.used[b] = true
	if to := find(b.attributes, "forward_to"); to != nil {
		return a.forward(to, stages, depth+1)
	}
	return nil
}

// stage is a stage as promtail has it, the same node each time.
func (a *alloy) stage(b, inner *block) *yaml.Node {
	if inner.stage != nil {
		return inner.stage
	}
	name := strings.TrimPrefix(inner.name, "stage.")
	body := &yaml.Node{Kind: yaml.MappingNode, Line: inner.line, Content: inner.attributes.Content}
	if values := find(inner.attributes, "values"); values != nil {
		body = values
	}
	inner.stage = object(name, body)
	inner.stage.Line, inner.stage.Content[0].Line = inner.line, inner.line
	for _, deeper := range inner.blocks {
		a.note(deeper.line, b.name+" "+b.label+": "+inner.name+": "+deeper.name, migrate.Warning, "is a stage inside a stage, which is not carried over; write rules by hand (docs/policy.md)")
	}
	return inner.stage
}
