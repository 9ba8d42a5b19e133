package lint

import (
	"fmt"
	"strings"

	"github.com/auditship/auditship/agent/policy"
	"github.com/auditship/auditship/agent/policy/builtin"
	"github.com/auditship/auditship/agent/rules"
)

// checkNames holds groups, resources and subresources against those that kube-apiserver serves itself.
func (l *linter) checkNames() {
	for i := range l.List.Rules {
		for j, w := range l.List.Rules[i].Resources {
			where := at(i, fmt.Sprintf("resources[%d]", j))
			if !l.checkGroup(where, &w) {
				continue
			}
			for k, spec := range w.Resources {
				l.checkResource(fmt.Sprintf("%s.resources[%d]", where, k), w.Group, spec)
			}
		}
	}
}

// checkGroup tells whether resources of the group can be looked at.
func (l *linter) checkGroup(where string, w *rules.GroupResources) bool {
	if release := builtin.Gone(w.Group, ""); release != "" {
		l.add("gone-resource", where+".group", "the group %s is gone since Kubernetes v%s", w.Group, release)
		return false
	}
	if w.Group != "*" && !builtin.HasGroup(w.Group) && !strings.Contains(w.Group, ".") {
		l.add("unknown-group", where+".group", "kube-apiserver has no API group %q", w.Group)
	}
	return builtin.HasGroup(w.Group)
}

func (l *linter) checkResource(key, group, spec string) {
	name, below, _ := strings.Cut(spec, "/")
	if name == "*" {
		return
	}
	r, ok := builtin.Find(group, name)
	switch release := builtin.Gone(group, name); {
	case release != "":
		l.add("gone-resource", key, "%s is gone since Kubernetes v%s", policy.Qualified(group, name), release)
	case !ok:
		l.notFound(key, group, name)
	case below != "" && below != "*" && !r.Has(below):
		f := l.add("unknown-subresource", key, "%s has no subresource %q", policy.Qualified(group, name), below)
		if len(r.Subresources) > 0 {
			f.Instead = "one of " + strings.Join(r.Subresources, ", ")
		}
	}
}

// notFound tells where the resource is, if that is known.
func (l *linter) notFound(key, group, name string) {
	groups := builtin.Groups(name)
	if len(groups) == 0 {
		f := l.add("unknown-resource", key, "%s has no resource %q", inWords(group), name)
		if near := rules.Nearest(name, builtin.Names(group)); near != "" {
			f.Instead = fmt.Sprintf("did you mean %s?", near)
		}
		return
	}
	f := l.add("wrong-group", key, "%s is not in %s but in %s", name, inWords(group), inWords(groups[0]))
	f.Instead = fmt.Sprintf("{group: %q, resources: [%s]}", groups[0], name)
}

func inWords(group string) string {
	if group == "" {
		return `the core group ("")`
	}
	return fmt.Sprintf("group %q", group)
}

// nameless are verbs of requests that have no name in their path.
var nameless = map[string]bool{"create": true, "deletecollection": true, "list": true, "watch": true}

// checkScopes finds names and namespaces that the requests of a rule cannot have.
func (l *linter) checkScopes() {
	for i := range l.List.Rules {
		r := &l.List.Rules[i]
		for j := range r.Resources {
			l.checkResourceNames(i, j, r)
			l.checkNamespaces(i, j, r)
		}
	}
}

func (l *linter) checkResourceNames(i, j int, r *rules.Rule) {
	w := &r.Resources[j]
	var without []string
	for _, verb := range r.Verbs {
		if nameless[verb] && (verb != "create" || !anySubresource(w.Resources)) { // the create of a subresource has one
			without = append(without, verb)
		}
	}
	if len(w.ResourceNames) == 0 || len(without) == 0 {
		return
	}
	f := l.add("resource-names", at(i, fmt.Sprintf("resources[%d].resourceNames", j)), "resourceNames stand beside the verbs %s", strings.Join(without, ", "))
	if len(without) == len(r.Verbs) {
		f.Severity = Error
		f.What += " alone"
	}
}

func anySubresource(specs []string) bool {
	for _, spec := range specs {
		if strings.Contains(spec, "/") {
			return true
		}
	}
	return false
}

// checkNamespaces: the object namespaces is the exception, whose own name counts as its namespace.
func (l *linter) checkNamespaces(i, j int, r *rules.Rule) {
	named := false
	for _, namespace := range r.Namespaces {
		if namespace == "" {
			return
		}
		named = true
	}
	for k, spec := range r.Resources[j].Resources {
		group := r.Resources[j].Group
		name, _, _ := strings.Cut(spec, "/")
		if found, ok := builtin.Find(group, name); named && ok && !found.Namespaced && name != "namespaces" {
			l.add("cluster-scoped", at(i, fmt.Sprintf("resources[%d].resources[%d]", j, k)), "%s is in no namespace, and the rule has namespaces", policy.Qualified(group, name))
		}
	}
}
