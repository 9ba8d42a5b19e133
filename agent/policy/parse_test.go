package policy

import (
	"slices"
	"testing"
)

func TestParseResource(t *testing.T) {
	for text, want := range map[string][3]string{
		"pods": {"", "pods", ""}, "pods/exec": {"", "pods", "exec"}, "deployments.apps/scale": {"apps", "deployments", "scale"}, "deployments": {"apps", "deployments", ""},
		"events": {"", "events", ""}, "events.events.k8s.io": {"events.k8s.io", "events", ""}, "widgets.example.org": {"example.org", "widgets", ""}, "widgets": {"", "widgets", ""},
	} {
		if group, resource, below := ParseResource(text); [3]string{group, resource, below} != want {
			t.Errorf("%s is %q %q %q", text, group, resource, below)
		}
	}
}

func TestGroupsOf(t *testing.T) {
	for user, want := range map[string][]string{
		"": {"g"}, "jane": {"g", "system:authenticated"}, "system:anonymous": {"g", "system:unauthenticated"},
		"system:serviceaccount:ci:builder": {"g", "system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"},
	} {
		if got := GroupsOf(user, []string{"g"}); !slices.Equal(got, want) {
			t.Errorf("%q is in %q", user, got)
		}
	}
}
