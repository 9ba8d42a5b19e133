package policy

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/rules"
)

// Other stands for any value that a policy does not name.
const Other = "\u2039any\u203a"

// Witnesses are requests which together stand for all that a rule may match: whatever else matches all of them matches
// everything that the rule does. Where a rule asks for nothing a value stands that no policy names; for "pods/*" stand pods
// and a subresource that nobody names, for "/healthz*" that path with and without such an end. As keys of other rules
// can only name values, prefixes or everything, who matches that matches the rest.
func Witnesses(r *rules.Rule) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		targets := targetsOf(r)
		for w := range callers(r) {
			for _, t := range targets {
				t.User, t.Groups, t.Verb = w.User, w.Groups, w.Verb
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Narrowed are the witnesses of a rule among requests for one resource by one of the verbs; none means that the rule has no
// such verb.
func Narrowed(r *rules.Rule, t Target) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		for w := range callers(r) {
			if !slices.Contains(t.Verbs, w.Verb) && w.Verb != Other {
				continue
			}
			for _, verb := range t.Verbs {
				if w.Verb != Other && w.Verb != verb {
					continue
				}
				for q := range t.places(r, Request{User: w.User, Groups: w.Groups, Verb: verb}) {
					if !yield(q) {
						return
					}
				}
			}
		}
	}
}

// Target is a resource, or a part of one, and what is done to it.
type Target struct {
	Group, Resource, Subresource string
	Namespaced                   bool
	Verbs                        []string
}

// String is the target as in a rule.
func (t Target) String() string {
	name := t.Resource
	if t.Subresource != "" {
		name += "/" + t.Subresource
	}
	return name
}

// places fill in where the target is.
func (t Target) places(r *rules.Rule, q Request) iter.Seq[Request] {
	names := []string{Other}
	for _, w := range r.Resources {
		names = append(names, w.ResourceNames...)
	}
	namespaces := orOther(r.Namespaces)
	if !t.Namespaced {
		namespaces = []string{""}
	}
	return func(yield func(Request) bool) {
		for _, namespace := range namespaces {
			for _, name := range names {
				q.Group, q.Resource, q.Subresource, q.Namespace, q.Name = t.Group, t.Resource, t.Subresource, namespace, name
				if t.Resource == "namespaces" && t.Group == "" {
					q.Namespace = name
				}
				if !yield(q) {
					return
				}
			}
		}
	}
}

// callers are who and how: users, groups and verbs.
func callers(r *rules.Rule) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		groups := r.UserGroups
		if len(groups) == 0 {
			groups = []string{""}
		}
		for _, user := range orOther(r.Users) {
			for _, group := range groups {
				for _, verb := range orOther(r.Verbs) {
					q := Request{User: user, Verb: verb}
					if group != "" {
						q.Groups = []string{group}
					}
					if !yield(q) {
						return
					}
				}
			}
		}
	}
}

func orOther(values []string) []string {
	if len(values) == 0 {
		return []string{Other}
	}
	return values
}

// targetsOf are what: resources with their places, and paths.
func targetsOf(r *rules.Rule) (targets []Request) {
	if len(r.Resources) == 0 && len(r.Namespaces) == 0 {
		targets = pathsOf(r.NonResourceURLs)
	}
	if len(r.NonResourceURLs) > 0 {
		return targets
	}
	for _, o := range objectsOf(r.Resources) {
		for _, namespace := range orOther(r.Namespaces) {
			o.Namespace = namespace
			if o.Group == "" && o.Resource == "namespaces" {
				o.Namespace = cmp.Or(o.Name, Other)
			}
			targets = append(targets, o)
		}
	}
	return targets
}

func pathsOf(urls []string) (paths []Request) {
	for _, u := range orOther(urls) {
		prefix, wild := strings.CutSuffix(u, "*")
		if wild || u == Other {
			paths = append(paths, Request{Path: "/" + strings.TrimPrefix(prefix, "/") + Other})
		}
		if wild && strings.HasPrefix(prefix, "/") || !wild && u != Other {
			paths = append(paths, Request{Path: prefix})
		}
	}
	return paths
}

func objectsOf(wanted []rules.GroupResources) (objects []Request) {
	if len(wanted) == 0 {
		wanted = []rules.GroupResources{{Group: "*"}}
	}
	for _, w := range wanted {
		group := w.Group
		if group == "*" {
			group = Other
		}
		specs := w.Resources
		if len(specs) == 0 {
			specs = []string{"*"}
		}
		for _, spec := range specs {
			for _, name := range orOther(w.ResourceNames) {
				for _, o := range objectsLike(spec) {
					o.Group, o.Name = group, name
					objects = append(objects, o)
				}
			}
		}
	}
	return objects
}

// objectsLike are the objects that stand for "pods", "pods/log", "pods/*", "*/scale" or "*".
func objectsLike(spec string) []Request {
	name, below, split := strings.Cut(spec, "/")
	if name == "*" {
		name = Other
	}
	switch {
	case spec == "*", split && below == "*":
		return []Request{{Resource: name}, {Resource: name, Subresource: Other}}
	}
	return []Request{{Resource: name, Subresource: below}}
}
