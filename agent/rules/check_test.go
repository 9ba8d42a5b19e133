package rules

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors: every message names the rule, the key and what to do.
func TestErrors(t *testing.T) {
	tests := []struct {
		rule Rule
		want string // empty: no error
	}{
		{Rule{Level: "None"}, ``},
		{Rule{}, `policy[0]: level: is missing: give None, Metadata, Request or RequestResponse`},
		{Rule{Level: "none"}, `policy[0]: level: "none" is no level: use None, Metadata, Request or RequestResponse`},
		{Rule{Name: "n", Level: "x"}, `policy[0] (n): level: "x" is no level: use None, Metadata, Request or RequestResponse`},
		{Rule{Level: "None", Resources: core("pods"), NonResourceURLs: []string{"/x"}},
			`policy[0]: nonResourceURLs: a request has either a path of its own or a resource: put nonResourceURLs into a rule apart from resources and namespaces`},
		{Rule{Level: "None", Namespaces: []string{"a"}, NonResourceURLs: []string{"/x"}},
			`policy[0]: nonResourceURLs: a request has either a path of its own or a resource: put nonResourceURLs into a rule apart from resources and namespaces`},
		{Rule{Level: "None", NonResourceURLs: []string{"*", "/x*", "/"}}, ``},
		{Rule{Level: "None", NonResourceURLs: []string{"/x", "healthz"}}, `policy[0]: nonResourceURLs[1]: "healthz" is no path: begin it with "/", or use "*" for all`},
		{Rule{Level: "None", NonResourceURLs: []string{"/*/x"}}, `policy[0]: nonResourceURLs[0]: "/*/x": a "*" may only stand at the end`},
		{Rule{Level: "None", NonResourceURLs: []string{"/x?y"}}, `policy[0]: nonResourceURLs[0]: "/x?y" never matches: paths are compared without the query`},
		{Rule{Level: "None", OmitStages: []string{"RequestRecieved"}},
			`policy[0]: omitStages[0]: "RequestRecieved" is no stage: use RequestReceived, ResponseStarted, ResponseComplete, Panic`},
		{Rule{Level: "None", Resources: []GroupResources{{Group: "apps/v1"}}},
			`policy[0]: resources[0].group: "apps/v1" is no API group: give its name without a version, such as apps, or "" for the core group`},
		{Rule{Level: "None", Resources: []GroupResources{{Group: "*"}, {Group: "rbac.authorization.k8s.io"}}}, ``},
		{Rule{Level: "None", Resources: []GroupResources{{ResourceNames: []string{"x"}}}},
			`policy[0]: resources[0].resourceNames: need resources beside them: name at least one`},
		{Rule{Level: "None", Resources: core("pods", "pods/log", "pods/*", "*/scale", "*")}, ``},
		{Rule{Level: "None", Resources: core("pods", "po*")}, `policy[0]: resources[0].resources[1]: "po*" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: core("pods/l*")}, `policy[0]: resources[0].resources[0]: "pods/l*" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: core("*/*")}, `policy[0]: resources[0].resources[0]: "*/*" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: core("pods/")}, `policy[0]: resources[0].resources[0]: "pods/" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Users: []string{"system:serviceaccount:*"}},
			`policy[0]: users[0]: "system:serviceaccount:*" never matches: there are no wildcards here; leave the key out to match all`},
		{Rule{Level: "None", Namespaces: []string{"*"}}, `policy[0]: namespaces[0]: "*" never matches: there are no wildcards here; leave the key out to match all`},
		{Rule{Level: "None", Verbs: []string{"*"}}, `policy[0]: verbs[0]: "*" is taken literally and never matches: leave verbs out to match all`},
		{Rule{Level: "None", Verbs: []string{"get", "GET"}},
			`policy[0]: verbs[1]: "GET" is no verb of an audit event: use get, list, watch, create, update, patch, delete, deletecollection, proxy, post, put, head, options, connect, trace`},
		{Rule{Level: "None", UserAgents: []string{"kubectl/*", "*x", "*", ""}}, ``},
		{Rule{Level: "None", UserAgents: []string{"*a*"}}, `policy[0]: userAgents[0]: "*a*": one "*" may stand at the beginning or at the end`},
		{Rule{Level: "None", UserAgents: []string{"a*b"}}, `policy[0]: userAgents[0]: "a*b": one "*" may stand at the beginning or at the end`},
		{Rule{Level: "None", ResponseCodes: []string{"403", "4xx", "5XX", "400-499", "500-500"}}, ``},
		{Rule{Level: "None", ResponseCodes: []string{"40x"}}, `policy[0]: responseCodes[0]: "40x" is neither a code from 100 to 599, nor a class such as 4xx, nor a range such as 400-499`},
		{Rule{Level: "None", ResponseCodes: []string{"499-400"}}, `policy[0]: responseCodes[0]: "499-400" is neither a code from 100 to 599, nor a class such as 4xx, nor a range such as 400-499`},
		{Rule{Level: "None", ResponseCodes: []string{"0"}}, `policy[0]: responseCodes[0]: "0" is neither a code from 100 to 599, nor a class such as 4xx, nor a range such as 400-499`},
		{Rule{Level: "None", ResponseCodes: []string{"6xx"}}, `policy[0]: responseCodes[0]: "6xx" is neither a code from 100 to 599, nor a class such as 4xx, nor a range such as 400-499`},
	}
	for _, tt := range tests {
		got := ""
		if _, err := Compile(List{Name: "policy", Rules: []Rule{tt.rule}, NoMatch: RequestResponse}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%+v\n got %s\nwant %s", tt.rule, got, tt.want)
		}
	}
}

// TestAllErrors: everything that is wrong is told at once, in every list.
func TestAllErrors(t *testing.T) {
	bad := List{Name: "a", Rules: []Rule{{Name: "x", Level: "None"}, {Name: "x", Level: "None"}, {Level: "?"}}}
	other := List{Name: "b", OmitStages: []string{"no"}, Rules: []Rule{{Verbs: []string{"*"}}}, Upstream: true}
	_, err := Compile(bad, other)
	want := `a[1] (x): name: a[0] has the same name: give every rule its own
a[2]: level: "?" is no level: use None, Metadata, Request or RequestResponse
b: omitStages[0]: "no" is no stage: use RequestReceived, ResponseStarted, ResponseComplete, Panic
b[0]: level: is missing: give None, Metadata, Request or RequestResponse`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var first *RuleError
	if !errors.As(err, &first) || first.List != "a" || first.Index != 1 || !strings.Contains(first.Problem, "same name") {
		t.Errorf("first error: %+v", first)
	}
}
