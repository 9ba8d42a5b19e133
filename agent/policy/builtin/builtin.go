// Package builtin knows the API groups, resources and subresources that kube-apiserver itself serves, and nothing of those
// that custom resources and aggregated servers add.
package builtin

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
)

// Resource is one resource of kube-apiserver.
type Resource struct {
	Group        string // "" is the core group
	Name         string
	Namespaced   bool
	Subresources []string
}

//go:embed resources.txt
var table string

// byGroup are all resources by group and name.
var byGroup = parse(table)

func parse(text string) map[string]map[string]Resource {
	groups := map[string]map[string]Resource{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] == "#" {
			continue
		}
		r := Resource{Group: strings.TrimPrefix(words[0], "core"), Namespaced: words[1] == "namespaced", Name: words[2], Subresources: words[3:]}
		if groups[r.Group] == nil {
			groups[r.Group] = map[string]Resource{}
		}
		groups[r.Group][r.Name] = r
	}
	return groups
}

// HasGroup tells whether kube-apiserver serves the group.
func HasGroup(group string) bool { return byGroup[group] != nil }

// Find is the resource of a group.
func Find(group, name string) (Resource, bool) {
	r, ok := byGroup[group][name]
	return r, ok
}

// Groups are the groups that have a resource of that name, sorted.
func Groups(name string) (groups []string) {
	for _, group := range slices.Sorted(maps.Keys(byGroup)) {
		if _, ok := byGroup[group][name]; ok {
			groups = append(groups, group)
		}
	}
	return groups
}

// Names are the resources of a group, sorted.
func Names(group string) []string { return slices.Sorted(maps.Keys(byGroup[group])) }

// Has tells whether the resource has the subresource.
func (r Resource) Has(subresource string) bool { return slices.Contains(r.Subresources, subresource) }

// gone are resources that Kubernetes had once, with the release that no longer has them
// (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
var gone = map[string]string{
	"extensions": "1.22", "policy/podsecuritypolicies": "1.25", "settings.k8s.io": "1.20", "auditregistration.k8s.io": "1.19",
}

// Gone is the release of Kubernetes from which on the group, or the resource of it, is no more; empty if it never went.
func Gone(group, name string) string {
	if release := gone[group]; release != "" {
		return release
	}
	return gone[group+"/"+name]
}
