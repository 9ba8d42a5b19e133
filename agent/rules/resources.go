package rules

import (
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// resources finds the rules of a block that a group, resource and subresource satisfy, as far as that can be told
// without resourceNames.
type resources struct {
	any    set // rules without resources
	groups map[string]*group
	every  *group // of rules whose group is "*"
}

// group is what rules ask for within one API group.
type group struct {
	all   set                  // "*", or no resource named
	by    map[string]*resource // by the part before the slash
	below map[string]*set      // "*/status" by "status"
}

// resource is what rules ask for of one resource.
type resource struct {
	plain set             // "pods"
	whole set             // "pods/*", which upstream matches with pods itself, too
	sub   map[string]*set // "pods/log" by "log"
}

func (r *resources) add(rule int, wanted []GroupResources) {
	if len(wanted) == 0 {
		r.any.add(rule)
	}
	for _, w := range wanted {
		g := r.group(w.Group)
		if len(w.Resources) == 0 {
			g.all.add(rule)
		}
		for _, spec := range w.Resources {
			g.add(rule, spec)
		}
	}
}

func (r *resources) group(name string) *group {
	if name == "*" {
		if r.every == nil {
			r.every = &group{by: map[string]*resource{}}
		}
		return r.every
	}
	if r.groups == nil {
		r.groups = map[string]*group{}
	}
	if r.groups[name] == nil {
		r.groups[name] = &group{by: map[string]*resource{}}
	}
	return r.groups[name]
}

func (g *group) add(rule int, spec string) {
	if spec == "*" {
		g.all.add(rule)
		return
	}
	name, below, split := strings.Cut(spec, "/")
	if g.by[name] == nil {
		g.by[name] = &resource{}
	}
	switch {
	case !split:
		g.by[name].plain.add(rule)
	case below == "*":
		g.by[name].whole.add(rule)
		addTo(&g.by[name].sub, below, rule) // a subresource may be called so
	case below != "":
		addTo(&g.by[name].sub, below, rule)
	}
	if name == "*" && below != "" {
		addTo(&g.below, below, rule)
	}
}

// of are the rules that the object of the request may satisfy.
func (r *resources) of(o *target) set {
	found := r.any
	if r.every != nil {
		r.every.collect(o, &found)
	}
	if g := r.groups[string(o.group)]; g != nil {
		g.collect(o, &found)
	}
	return found
}

func (g *group) collect(o *target, found *set) {
	found.or(&g.all)
	if len(o.subresource) > 0 {
		found.orAt(g.below, o.subresource)
	}
	res := g.by[string(o.resource)]
	if res == nil {
		return
	}
	found.or(&res.whole)
	if len(o.subresource) == 0 {
		found.or(&res.plain)
		return
	}
	found.orAt(res.sub, o.subresource)
}

// target is the object of a request, escapes resolved.
type target struct{ group, resource, subresource []byte }

// ofEvent is of, for the object of the event.
func (r *resources) ofEvent(e *event.Event) set {
	o := &e.Object
	if o.APIGroup.Escaped || o.Resource.Escaped || o.Subresource.Escaped {
		return r.ofEscaped(e)
	}
	return r.of(&target{e.Bytes(o.APIGroup.Span), e.Bytes(o.Resource.Span), e.Bytes(o.Subresource.Span)})
}

// ofEscaped stands apart for its buffers.
//
//go:noinline
func (r *resources) ofEscaped(e *event.Event) set {
	var g, name, sub [256]byte
	o := &e.Object
	return r.of(&target{e.AppendText(g[:0], o.APIGroup), e.AppendText(name[:0], o.Resource), e.AppendText(sub[:0], o.Subresource)})
}

// wild tells whether a "*" stands where only our own lists know it.
func (w *GroupResources) wild() bool {
	return w.Group != "*" && hasWildcard(w.Group) || slices.ContainsFunc(w.Resources, func(spec string) bool {
		name, below, _ := strings.Cut(spec, "/")
		return name != "*" && hasWildcard(name) || below != "*" && hasWildcard(below)
	})
}

// named tells whether such an object is asked for, names and wildcards included: it is the whole comparison.
func named(wanted []GroupResources, literal bool, e *event.Event) bool {
	is := glob
	if literal {
		is = equal
	}
	requested := name(e)
	return slices.ContainsFunc(wanted, func(w GroupResources) bool {
		return w.asks(e, is) && (len(w.ResourceNames) == 0 ||
			slices.ContainsFunc(w.ResourceNames, func(n string) bool { return is(e, requested, n) }))
	})
}

func equal(e *event.Event, t event.Text, s string) bool { return e.Equal(t, s) }

// comparison is equal or glob.
type comparison func(e *event.Event, t event.Text, wanted string) bool

func (w *GroupResources) asks(e *event.Event, is comparison) bool {
	if w.Group != "*" && !is(e, e.Object.APIGroup, w.Group) {
		return false
	}
	return len(w.Resources) == 0 || slices.ContainsFunc(w.Resources, func(spec string) bool { return asksFor(spec, e, is) })
}

func asksFor(spec string, e *event.Event, is comparison) bool {
	if spec == "*" {
		return true
	}
	name, below, split := strings.Cut(spec, "/")
	same, sub := is(e, e.Object.Resource, name), is(e, e.Object.Subresource, below)
	if same && (split && below == "*" || !split && sub) {
		return true
	}
	return (same || name == "*") && below != "" && sub
}
