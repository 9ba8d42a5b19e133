package rules

import (
	"fmt"
	"strings"
	"testing"
)

// TestExtensions is TestMatch for the keys and wildcards that only our own lists have.
func TestExtensions(t *testing.T) {
	const get = `"stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/prod-eu/deployments/web/scale","verb":"get","user":{"username":"jane@example.org","groups":["team-a","dev"]},` +
		`"objectRef":{"resource":"deployments","namespace":"prod-eu","name":"web-0","apiGroup":"apps.example.org","apiVersion":"v1","subresource":"scale"},"sourceIPs":["10.9.9.9","192.0.2.7"]`
	from := func(ip string) string { return strings.Replace(get, "192.0.2.7", ip, 1) }
	dry := strings.Replace(strings.Replace(get, `"get"`, `"patch"`, 1), "/scale", `/scale?dryRun=All`, 1) + `,"requestObject":{}`
	res := func(group string, resources ...string) []GroupResources {
		return []GroupResources{{Group: group, Resources: resources}}
	}
	tests := []struct {
		name  string
		rule  Rule
		event string
		want  bool
	}{
		{"users: beginning", Rule{Users: []string{"bob", "jane*"}}, get, true},
		{"users: end", Rule{Users: []string{"*@example.org"}}, get, true},
		{"users: neither", Rule{Users: []string{"*@example.com", "john*"}}, get, false},
		{"users: any", Rule{Users: []string{"*"}}, get, true},
		{"users: any is somebody", Rule{Users: []string{"*"}}, refused, false},
		{"userGroups: one of them", Rule{UserGroups: []string{"team-*"}}, get, true},
		{"userGroups: any is one at least", Rule{UserGroups: []string{"*"}}, refused, false},
		{"userGroups: none of them", Rule{UserGroups: []string{"ops-*", "*-b"}}, get, false},
		{"namespaces", Rule{Namespaces: []string{"prod-*"}}, get, true},
		{"namespaces: another", Rule{Namespaces: []string{"*-us"}}, get, false},
		{"namespaces: any, even none", Rule{Namespaces: []string{"*"}}, listNodes, true},
		{"namespaces: never a path", Rule{Namespaces: []string{"*"}}, readyz, false},
		{"namespaces: a claimed one does not count", Rule{Namespaces: []string{"pr*"}},
			strings.Replace(strings.Replace(get, `"get"`, `"create"`, 1), "/namespaces/prod-eu", "", 1), false},
		{"group", Rule{Resources: res("*.example.org")}, get, true},
		{"another group", Rule{Resources: res("*.example.com", "deployments/scale")}, get, false},
		{"resource", Rule{Resources: res("apps.*", "deploy*/scale")}, get, true},
		{"resource: not what is below", Rule{Resources: res("*", "deploy*")}, get, false},
		{"resource: and all below", Rule{Resources: res("*", "deploy*/*")}, get, true},
		{"subresource", Rule{Resources: res("*", "*/sc*")}, get, true},
		{"names", Rule{Resources: []GroupResources{{Group: "*", Resources: []string{"*"}, ResourceNames: []string{"web-*"}}}}, get, true},
		{"other names", Rule{Resources: []GroupResources{{Group: "*", Resources: []string{"*"}, ResourceNames: []string{"*-1"}}}}, get, false},

		{"network", Rule{SourceCIDRs: []string{"10.0.0.0/8", "192.0.2.0/24"}}, get, true},
		{"address", Rule{SourceCIDRs: []string{"192.0.2.7"}}, get, true},
		{"network: only the peer counts", Rule{SourceCIDRs: []string{"10.0.0.0/8"}}, get, false},
		{"network: IPv4 in IPv6", Rule{SourceCIDRs: []string{"192.0.2.0/24"}}, from("::ffff:192.0.2.7"), true},
		{"network: written as IPv6", Rule{SourceCIDRs: []string{"::ffff:192.0.2.0/120"}}, get, true},
		{"network: IPv6", Rule{SourceCIDRs: []string{"2001:db8::/32"}}, from("2001:db8::7"), true},
		{"network: a zone does not matter", Rule{SourceCIDRs: []string{"fe80::/10"}}, from("fe80::1%eth0"), true},
		{"network: all of IPv4", Rule{SourceCIDRs: []string{"0.0.0.0/0"}}, from("2001:db8::7"), false},
		{"network: no address", Rule{SourceCIDRs: []string{"0.0.0.0/0", "::/0"}}, from("unknown"), false},
		{"network: none", Rule{SourceCIDRs: []string{"0.0.0.0/0", "::/0"}}, getPod, false},

		{"dry run", Rule{DryRun: new(true)}, dry, true},
		{"no dry run", Rule{DryRun: new(false)}, dry, false},
		{"dry run: others", Rule{DryRun: new(true)}, get, false},
		{"no dry run: others", Rule{DryRun: new(false)}, get, true},
		{"actor", Rule{Actors: []string{"node", "human"}}, get, true},

		{"condition", Rule{When: `ns.startsWith("prod-") && client == ""`}, get, true},
		{"condition: not met", Rule{When: `code == 200`}, get, false},
		{"condition: unanswerable", Rule{When: `annotations["x"] == "y"`}, get, false},
		{"condition: a claimed namespace does not count", Rule{When: `ns == ""`},
			strings.Replace(strings.Replace(get, `"get"`, `"create"`, 1), "/namespaces/prod-eu", "", 1), true},
		{"condition and the rest", Rule{When: `true`, Users: []string{"bob"}}, get, false},
	}
	for _, tt := range tests {
		tt.rule.Level = "None"
		r := mustCompile(t, List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{tt.rule}})
		if got := r.Decide(decode(t, record(tt.event))).Level == None; got != tt.want {
			t.Errorf("%s: matches: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestConditionIsAskedLast: a condition costs only events that the rest of its rule lets through, and the next rule is asked where it
// does not hold.
func TestConditionIsAskedLast(t *testing.T) {
	j := NewJudge(mustCompile(t, List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{
		{Name: "odd", Level: "None", Users: []string{"jane"}, Verbs: []string{"list"}, When: `object.missing == 1`}, {Name: "next", Level: "Metadata"}}}))
	for _, e := range []string{getPod, readyz, listNodes} {
		if d := j.Decide(decode(t, record(e))); d.Rule != "next" {
			t.Errorf("%+v", d)
		}
	}
	if got := counts(j)["odd error"]; got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestWildcardsAreLiteralUpstream: a kind: Policy means what it means in kube-apiserver.
func TestWildcardsAreLiteralUpstream(t *testing.T) {
	for _, rule := range []Rule{{Users: []string{"ja*"}}, {UserGroups: []string{"*"}}, {Namespaces: []string{"pr*"}}, {Resources: core("po*")},
		{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"web*"}}}}} {
		if d := mustCompile(t, listOf(rule)).Decide(decode(t, record(getPod))); d.Level == None {
			t.Errorf("%+v matches", rule)
		}
	}
}

// TestManyWildcards: lines of resources with wildcards beyond what is narrowed down are looked at all the same.
func TestManyWildcards(t *testing.T) {
	l := List{Name: "policy", NoMatch: RequestResponse}
	for i := range 200 {
		l.Rules = append(l.Rules, Rule{Level: "None", Resources: []GroupResources{{Group: fmt.Sprintf("*.a-%d.example.org", i)}, {Group: fmt.Sprintf("b-%d.*", i), Resources: []string{"widgets/status"}}}})
	}
	r := mustCompile(t, l)
	for _, i := range []int{0, 127, 128, 199} {
		for _, object := range []string{`"apiGroup":"x.a-%d.example.org","resource":"gadgets"`, `"apiGroup":"b-%d.example.org","resource":"widgets","subresource":"status"`} {
			e := decode(t, record(`"stage":"ResponseComplete","verb":"get","user":{"username":"jane"},"objectRef":{`+fmt.Sprintf(object, i)+`}`))
			if got, want := r.Decide(e), fmt.Sprintf("policy[%d]", i); got.Rule != want {
				t.Errorf("%s: got %+v, want %s", object, got, want)
			}
		}
	}
	e := decode(t, record(`"stage":"ResponseComplete","verb":"get","user":{"username":"jane"},"objectRef":{"apiGroup":"b-7.example.org","resource":"gadgets"}`))
	if got := r.Decide(e); got.Rule != "" {
		t.Errorf("got %+v for none", got)
	}
}
