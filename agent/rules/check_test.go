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
		{Rule{Level: "None", Resources: core("po*", "*s/log", "pods/l*", "*/*g")}, ``},
		{Rule{Level: "None", Resources: core("p*s")}, `policy[0]: resources[0].resources[0]: "p*s" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: core("*o*")}, `policy[0]: resources[0].resources[0]: "*o*" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: []GroupResources{{Group: "*.k8s.io"}, {Group: "cilium.*"}}}, ``},
		{Rule{Level: "None", Resources: []GroupResources{{Group: "*.K8s.io"}}},
			`policy[0]: resources[0].group: "*.K8s.io" is no API group: give its name without a version, such as apps, or "" for the core group`},
		{Rule{Level: "None", Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"kube-*", "a*b"}}}},
			`policy[0]: resources[0].resourceNames[1]: "a*b": one "*" may stand at the beginning or at the end`},
		{Rule{Level: "None", Resources: core("*/*")}, `policy[0]: resources[0].resources[0]: "*/*" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Resources: core("pods/")}, `policy[0]: resources[0].resources[0]: "pods/" never matches: use pods, pods/log, pods/*, */scale or *`},
		{Rule{Level: "None", Users: []string{"system:serviceaccount:*", "*@example.org", "*"}, UserGroups: []string{"team-*"}, Namespaces: []string{"*"}}, ``},
		{Rule{Level: "None", Users: []string{"system:*:default"}}, `policy[0]: users[0]: "system:*:default": one "*" may stand at the beginning or at the end`},
		{Rule{Level: "None", SourceCIDRs: []string{"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "::ffff:10.0.0.0/104", "0.0.0.0/0", "::/0"}}, ``},
		{Rule{Level: "None", SourceCIDRs: []string{"10.0.0.1/8"}}, `policy[0]: sourceCIDRs[0]: "10.0.0.1/8" has bits behind its length: write 10.0.0.0/8`},
		{Rule{Level: "None", SourceCIDRs: []string{"office"}}, `policy[0]: sourceCIDRs[0]: "office" is neither an address nor a network: write 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32`},
		{Rule{Level: "None", SourceCIDRs: []string{"10.0.0.0/33"}}, `policy[0]: sourceCIDRs[0]: "10.0.0.0/33" is neither an address nor a network: write 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32`},
		{Rule{Level: "None", SourceCIDRs: []string{"fe80::1%eth0"}}, `policy[0]: sourceCIDRs[0]: "fe80::1%eth0" is neither an address nor a network: write 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32`},
		{Rule{Level: "None", Actors: []string{"human", "robot"}}, `policy[0]: actors[1]: "robot" is no kind of caller: use anonymous, bootstrap, controlplane, human, node, serviceaccount, unauthenticated`},
		{Rule{Level: "Metadata", Protect: new(true)}, ``},
		{Rule{Level: "None", Protect: new(false)}, ``},
		{Rule{Level: "Metadata", OmitStages: []string{"Panic"}, Protect: new(false)}, ``},
		{Rule{Level: "None", Protect: new(true)}, `policy[0]: protect: a rule that drops protects nothing: give it the level at which the event is shipped if another list drops it`},
		{Rule{Level: "Request", Protect: new(false)}, `policy[0]: protect: false is for a rule that drops what the built-in rules protect, and this one drops nothing: remove it`},
		{Rule{Level: "None", When: "verb == 'get'"}, ``},
		{Rule{Level: "None", When: "resorce == 'pods'"}, `policy[0]: when: column 1: "resorce" is not known here; did you mean "resource"?`},
		{Rule{Level: "None", When: "verb == 'get' &&\n  now > 1"}, "policy[0]: when: line 2 of it, column 3: \"now\" is not known here; known are the functions of CEL and " +
			"actor, annotations, client, code, group, groups, level, name, ns, object, resource, source_ip, stage, subresource, uri, user, verb"},
		{Rule{Level: "None", When: "name"}, `policy[0]: when: gives a string and not a bool: compare it with something, such as == true`},
		{Rule{Level: "None", When: "code == 1 )"}, `policy[0]: when: column 11: Syntax error: extraneous input ')' expecting <EOF>`},
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
