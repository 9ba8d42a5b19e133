package policy

import (
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/policy/builtin"
)

// ParseResource reads pods, pods/exec or deployments.apps/scale. Where no group is given and the core group has no such
// resource, it is that of the only group of kube-apiserver that has one.
func ParseResource(text string) (group, resource, subresource string) {
	whole, subresource, _ := strings.Cut(text, "/")
	resource, group, given := strings.Cut(whole, ".")
	if groups := builtin.Groups(resource); !given && len(groups) == 1 {
		group = groups[0]
	}
	return group, resource, subresource
}

// GroupsOf are the groups of a user with those that Kubernetes gives: everybody who is not anonymous is in
// system:authenticated, service accounts are in their own groups (k8s.io/apiserver/pkg/authentication/serviceaccount).
func GroupsOf(user string, groups []string) []string {
	given := []string{"system:authenticated"}
	account, isAccount := strings.CutPrefix(user, "system:serviceaccount:")
	namespace, _, _ := strings.Cut(account, ":")
	switch {
	case user == "":
		given = nil
	case user == "system:anonymous":
		given = []string{"system:unauthenticated"}
	case isAccount:
		given = []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"}
	}
	for _, group := range given {
		if !slices.Contains(groups, group) {
			groups = append(groups[:len(groups):len(groups)], group)
		}
	}
	return groups
}
