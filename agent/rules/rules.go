// Package rules decides which events are shipped, and how much of them, in the vocabulary of audit.k8s.io/v1 Policy.
//
// A rule matches what kube-apiserver's own policy would match (k8s.io/apiserver/pkg/audit/policy/checker.go, v0.36); the keys
// that only our own lists have come last in [Rule]. The first rule of a list that matches decides for its list; where
// several lists apply the lower level wins, unless a rule protects the event (protect.go).
//
// The log says a little less than the API server knew when it judged the request, and some of what it says was written
// by the client. This is how the request is recovered:
//
//   - It was a resource request if the event has an objectRef.
//   - The user is the caller, never whom it impersonated. An event without a user name, a failed login, matches no rule
//     that asks for users or userGroups.
//   - For writes to cluster-scoped objects the API server copies metadata.namespace of the body into objectRef, so
//     anybody may put a name there. A namespace counts only if the path of the request has it.
//   - A create has no name in its path, but objectRef takes it from the body: resourceNames match it only if the path has it.
//   - The path of requestURI is compared without its query and with its percent-encoding resolved.
package rules

import "fmt"

// Level is how much of an event is kept; a lower one keeps less.
type Level uint8

// The levels of audit.k8s.io/v1.
const (
	None Level = iota
	Metadata
	Request
	RequestResponse
)

var levels = [...]string{"None", "Metadata", "Request", "RequestResponse"}

// String is the level as it stands in a policy.
func (l Level) String() string { return levels[l] }

// ParseLevel is the level of that name.
func ParseLevel(name string) (Level, error) {
	for l, known := range levels {
		if name == known {
			return Level(l), nil
		}
	}
	return None, fmt.Errorf("%q is no level: use None, Metadata, Request or RequestResponse", name)
}

// Decision is what the rules say of one event.
type Decision struct {
	Level Level
	// Rule is the name of the rule that decided, or its place, such as "policy[3]". If no rule of a list matched and the
	// list's NoMatch decided, it is "policy_file[no match]"; it is empty if nothing lowered the level and no rule matched.
	Rule string
	// OmitManagedFields tells that metadata.managedFields of the bodies is to be left out: a list that applies asks for it.
	OmitManagedFields bool
}

// Rule is one rule of a policy. Every key that is given must match; an empty one matches everything. A rule with
// resources or namespaces matches resource requests only, one with nonResourceURLs the other requests only.
//
// In our own lists users, userGroups, namespaces, groups, resources and resourceNames may begin or end with a "*", which
// stands for anything; in a kind: Policy only nonResourceURLs and whole parts of resources may, as upstream.
type Rule struct {
	Name       string           `yaml:"name"`       // optional, unique in its list
	Level      string           `yaml:"level"`      // None, Metadata, Request, RequestResponse
	Users      []string         `yaml:"users"`      // names of callers
	UserGroups []string         `yaml:"userGroups"` // one of the caller's groups
	Verbs      []string         `yaml:"verbs"`
	Resources  []GroupResources `yaml:"resources"`
	Namespaces []string         `yaml:"namespaces"` // "" is what has none
	// NonResourceURLs are paths; a "*" at the end matches any rest.
	NonResourceURLs []string `yaml:"nonResourceURLs"`
	// OmitStages are stages at which a matching event is dropped.
	OmitStages []string `yaml:"omitStages"`
	// OmitManagedFields leaves metadata.managedFields out of the bodies; nil: as the list has it.
	OmitManagedFields *bool `yaml:"omitManagedFields"`

	// The keys from here on are ours alone.

	// UserAgents are what the client calls itself, so nothing to rely on; a "*" at the beginning or the end matches any rest.
	UserAgents []string `yaml:"userAgents"`
	// ResponseCodes are "403", "4xx" or "400-499". An event without a code, such as of RequestReceived, matches none.
	ResponseCodes []string `yaml:"responseCodes"`
	// SourceCIDRs are networks or addresses that the request came from: the last of sourceIPs, which alone no client can
	// choose. An IPv4 address that is written as IPv6 counts as IPv4.
	SourceCIDRs []string `yaml:"sourceCIDRs"`
	// Actors are kinds of callers by their user names: human, serviceaccount, node, controlplane, bootstrap,
	// anonymous, unauthenticated; see event.CallerKind.
	Actors []string `yaml:"actors"`
	// DryRun is whether the request was one that changes nothing; see event.DryRun.
	DryRun *bool `yaml:"dryRun"`
	// When is a condition in CEL, asked if all else matches; its words are those of the package when. Where it can't be answered
	// the rule does not match, but one that protects does.
	When string `yaml:"when"`
	// Protect keeps what the rule matches from being dropped by any other list (true), or lets the rule drop what the
	// built-in rules protect (false).
	Protect *bool `yaml:"protect"`

	enters bool // built in: only requests through a proxy that lead into containers, if a kubelet is behind it
}

// extensions are those of the keys that are ours alone which are given.
func (r *Rule) extensions() (given []string) {
	for _, key := range []struct {
		name  string
		given bool
	}{
		{"userAgents", r.UserAgents != nil}, {"responseCodes", r.ResponseCodes != nil}, {"sourceCIDRs", r.SourceCIDRs != nil}, {"actors", r.Actors != nil},
		{"dryRun", r.DryRun != nil}, {"when", r.When != ""}, {"protect", r.Protect != nil},
	} {
		if key.given {
			given = append(given, key.name)
		}
	}
	return given
}

// GroupResources are resources of one API group.
type GroupResources struct {
	Group string `yaml:"group"` // "" is the core group, "*" any
	// Resources are "pods", "pods/log", "pods/*" (pods and all below), "*/scale" or "*"; none is all of the group.
	Resources     []string `yaml:"resources"`
	ResourceNames []string `yaml:"resourceNames"`
}

// List is one list of rules.
type List struct {
	Name              string // where it comes from, for the names of its rules: "policy", "policy_file"
	Rules             []Rule
	OmitStages        []string // for all its rules, beside their own
	OmitManagedFields bool     // for all its rules that do not say otherwise, and where none matches
	NoMatch           Level    // what an event gets that no rule matches: RequestResponse for our lists, None for a kind: Policy file
	// Upstream tells that the list is a kind: Policy: what kube-apiserver loads is no error, even if it can never match.
	Upstream bool
	// Warnings are what LoadPolicy found odd, each with its place: FILE:LINE: key: what.
	Warnings []string
}
