package builtin

import (
	"slices"
	"testing"
)

func TestTable(t *testing.T) {
	pods, ok := Find("", "pods")
	if !ok || !pods.Namespaced || !pods.Has("exec") || pods.Has("scale") {
		t.Errorf("pods: %+v", pods)
	}
	if roles, ok := Find("rbac.authorization.k8s.io", "clusterroles"); !ok || roles.Namespaced || roles.Subresources == nil && roles.Has("") {
		t.Errorf("clusterroles: %+v", roles)
	}
	if _, ok := Find("", "deployments"); ok || HasGroup("example.org") || !HasGroup("") {
		t.Error("what is not there is found")
	}
	if got := Groups("events"); !slices.Equal(got, []string{"", "events.k8s.io"}) {
		t.Errorf("events are in %q", got)
	}
	if Gone("extensions", "ingresses") != "1.22" || Gone("policy", "podsecuritypolicies") != "1.25" || Gone("policy", "poddisruptionbudgets") != "" {
		t.Error("what is gone is not known")
	}
}

// TestSorted: the table has every resource once, well-formed, in an order that shows what is missing.
func TestSorted(t *testing.T) {
	for group, names := range byGroup {
		for name, r := range names {
			if r.Group != group || r.Name != name || !slices.IsSorted(r.Subresources) {
				t.Errorf("%+v", r)
			}
		}
		if !slices.IsSorted(Names(group)) {
			t.Error(group)
		}
	}
	if len(byGroup) < 20 {
		t.Errorf("%d groups", len(byGroup))
	}
}
