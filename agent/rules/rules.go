// Package rules decides which events are shipped, and how much of them, in the vocabulary of audit.k8s.io/v1 Policy.
//
// A rule matches what kube-apiserver's own policy would match (k8s.io/apiserver/pkg/audit/policy/checker.go, v0.36),
// with two keys more: userAgents and responseCodes. The first rule of a list that matches decides for its list; where
// several lists apply the lower level wins.
//
// The log says a little less than the API server knew when it judged the request, and some of what it says was written
// by the client. This is how the request is recovered:
//
//   - It was a resource request if the event has an objectRef.
//   - The user is the caller, never whom it impersonated. An event without a user name, a failed login, matches no rule
//     that asks for users or userGroups.
//   - For writes to cluster-scoped objects the API server copies metadata.namespace of the body into objectRef, so
//     anybody may put a name there. A namespace counts only if the path of the request has it.
//   - A create has no name in its path, but objectRef takes it from the body: resourceNames do not match it.
//   - The path of requestURI is compared without its query and with its percent-encoding resolved.
package rules

import (
	"fmt"

	"github.com/auditship/auditship/agent/event"
)

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
}

// Rule is one rule of a policy. Every key that is given must match; an empty one matches everything. A rule with
// resources or namespaces matches resource requests only, one with nonResourceURLs the other requests only.
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
	// UserAgents are what the client calls itself, so nothing to rely on; a "*" at the beginning or the end matches any rest.
	UserAgents []string `yaml:"userAgents"`
	// ResponseCodes are "403", "4xx" or "400-499". An event without a code, such as of RequestReceived, matches none.
	ResponseCodes []string `yaml:"responseCodes"`
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
	Name       string // where it comes from, for the names of its rules: "policy", "policy_file"
	Rules      []Rule
	OmitStages []string // for all its rules, beside their own
	NoMatch    Level    // what an event gets that no rule matches: RequestResponse for our lists, None for a kind: Policy file
	// Upstream tells that the list is a kind: Policy: what kube-apiserver loads is no error, even if it can never match.
	Upstream bool
	// Warnings are what LoadPolicy found odd, each with its place: FILE:LINE: key: what.
	Warnings []string
}

// Rules is a compiled set of lists. It is immutable.
type Rules struct{ lists []compiledList }

// Compile makes Rules of lists; where several lists apply the lower level wins. The error joins a *RuleError for
// everything that is wrong.
func Compile(lists ...List) (*Rules, error) {
	if err := join(check(lists)); err != nil {
		return nil, err
	}
	r := &Rules{}
	for i := range lists {
		r.lists = append(r.lists, compile(&lists[i]))
	}
	return r, nil
}

// Decide judges one event. It does not allocate, save for texts that have escapes and are longer than some buffers.
func (r *Rules) Decide(e *event.Event) Decision {
	if e.Has(event.ObjectRef) {
		return r.decide(e, nil)
	}
	if path, ok := plainPath(e); ok {
		return r.decide(e, path)
	}
	return r.decideEncoded(e)
}

// decideEncoded stands apart so that its buffer costs only those who need it.
//
//go:noinline
func (r *Rules) decideEncoded(e *event.Event) Decision {
	var buf [2048]byte
	return r.decide(e, appendPath(buf[:0], e))
}

func (r *Rules) decide(e *event.Event, path []byte) Decision {
	d := Decision{Level: RequestResponse}
	for i := range r.lists {
		got := r.lists[i].decide(e, path)
		if got.Level < d.Level || got.Level == d.Level && d.Rule == "" {
			d = got
		}
		if d.Level == None {
			break
		}
	}
	return d
}
