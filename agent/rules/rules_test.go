package rules

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event/eventtest"
)

var decode = eventtest.Decode

// listOf makes a list of rules that match nothing but what is asked for and drop that.
func listOf(rules ...Rule) List {
	for i := range rules {
		if rules[i].Level == "" {
			rules[i].Level = "None"
		}
	}
	return List{Name: "policy", Rules: rules, NoMatch: RequestResponse, Upstream: true}
}

func mustCompile(t testing.TB, lists ...List) *Rules {
	t.Helper()
	r, err := Compile(lists...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func core(resources ...string) []GroupResources { return []GroupResources{{Resources: resources}} }

// record writes a record with the given members and with what every record has.
func record(members string) string {
	return `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1",` + members + `}`
}

const (
	getPod = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/pods/web-0","verb":"get",` +
		`"user":{"username":"jane","groups":["dev","system:authenticated"]},"userAgent":"kubectl/v1.36.3 (linux/amd64)",` +
		`"objectRef":{"resource":"pods","namespace":"prod","name":"web-0","apiVersion":"v1"},"responseStatus":{"code":200}`
	podLog = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/pods/web-0/log","verb":"get","user":{"username":"jane"},` +
		`"objectRef":{"resource":"pods","namespace":"prod","name":"web-0","apiVersion":"v1","subresource":"log"},"responseStatus":{"code":403}`
	scale = `"stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/prod/deployments/web/scale","verb":"patch","user":{"username":"jane"},` +
		`"objectRef":{"resource":"deployments","namespace":"prod","name":"web","apiGroup":"apps","apiVersion":"v1","subresource":"scale"}`
	listNodes = `"stage":"ResponseComplete","requestURI":"/api/v1/nodes?limit=500","verb":"list","user":{"username":"jane"},` +
		`"objectRef":{"resource":"nodes","apiVersion":"v1"},"responseStatus":{"code":200}`
	createPod = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/pods?fieldManager=kubectl\u0026dryRun=All","verb":"create","user":{"username":"jane"},` +
		`"objectRef":{"resource":"pods","namespace":"prod","name":"web-0","apiVersion":"v1"},"responseStatus":{"code":201}`
	readyz  = `"stage":"ResponseComplete","requestURI":"/readyz/etcd?verbose\u0026x=1","verb":"get","user":{"username":"system:anonymous","groups":["system:unauthenticated"]},"responseStatus":{"code":200}`
	refused = `"stage":"ResponseStarted","requestURI":"/api/v1/nodes","verb":"list","user":{},"objectRef":{"resource":"nodes","apiVersion":"v1"},"responseStatus":{"code":401}`
	asBob   = `"stage":"ResponseComplete","requestURI":"/api/v1/nodes","verb":"list","user":{"username":"jane","groups":["dev"]},` +
		`"impersonatedUser":{"username":"bob","groups":["ops"]},"objectRef":{"resource":"nodes","apiVersion":"v1"}`
)

// TestMatch is one rule against one event at a time: does it match? Where the vocabulary is upstream's, the answers are those of
// k8s.io/apiserver v0.36 pkg/audit/policy/checker.go.
func TestMatch(t *testing.T) {
	tests := []struct {
		name  string
		rule  Rule
		event string
		want  bool
	}{
		{"empty rule: everything", Rule{}, getPod, true},
		{"empty rule: a path", Rule{}, readyz, true},
		{"empty rule: a failed login", Rule{}, refused, true},

		{"user", Rule{Users: []string{"bob", "jane"}}, getPod, true},
		{"another user", Rule{Users: []string{"bob"}}, getPod, false},
		{"user: whole names only", Rule{Users: []string{"jan"}}, getPod, false},
		{"user: the caller under impersonation", Rule{Users: []string{"jane"}}, asBob, true},
		{"user: not whom it impersonates", Rule{Users: []string{"bob"}}, asBob, false},
		{"user: none after a failed login", Rule{Users: []string{""}}, refused, false},
		{"group", Rule{UserGroups: []string{"ops", "system:authenticated"}}, getPod, true},
		{"another group", Rule{UserGroups: []string{"ops"}}, getPod, false},
		{"group: not whom it impersonates", Rule{UserGroups: []string{"ops"}}, asBob, false},
		{"group: none after a failed login", Rule{UserGroups: []string{"system:unauthenticated"}}, refused, false},
		{"user and group", Rule{Users: []string{"jane"}, UserGroups: []string{"ops"}}, getPod, false},

		{"verb", Rule{Verbs: []string{"list", "get"}}, getPod, true},
		{"another verb", Rule{Verbs: []string{"list"}}, getPod, false},
		{"verb: case counts", Rule{Verbs: []string{"GET"}}, getPod, false},
		{"verb: no wildcard", Rule{Verbs: []string{"*"}}, getPod, false},

		{"resource", Rule{Resources: core("pods")}, getPod, true},
		{"resource: not those below", Rule{Resources: core("pods")}, podLog, false},
		{"resource: of another group", Rule{Resources: []GroupResources{{Group: "apps", Resources: []string{"pods"}}}}, getPod, false},
		{"resource: one of several entries", Rule{Resources: []GroupResources{{Group: "apps"}, {Resources: []string{"nodes", "pods"}}}}, getPod, true},
		{"resource: never a path", Rule{Resources: []GroupResources{{Group: "*"}}}, readyz, false},
		{"subresource", Rule{Resources: core("pods/log")}, podLog, true},
		{"subresource: not the resource", Rule{Resources: core("pods/log")}, getPod, false},
		{"pods/*: below", Rule{Resources: core("pods/*")}, podLog, true},
		{"pods/*: and the resource itself, as upstream", Rule{Resources: core("pods/*")}, getPod, true},
		{"pods/*: not others", Rule{Resources: core("pods/*")}, listNodes, false},
		{"*/log", Rule{Resources: core("*/log")}, podLog, true},
		{"*/log: not without", Rule{Resources: core("*/log")}, getPod, false},
		{"*/scale in its group", Rule{Resources: []GroupResources{{Group: "apps", Resources: []string{"*/scale"}}}}, scale, true},
		{"*/scale in the core group", Rule{Resources: core("*/scale")}, scale, false},
		{"*", Rule{Resources: core("*")}, getPod, true},
		{"*: below, too", Rule{Resources: core("*")}, podLog, true},
		{"*: not in other groups", Rule{Resources: core("*")}, scale, false},
		{"group alone", Rule{Resources: []GroupResources{{Group: "apps"}}}, scale, true},
		{"core group alone", Rule{Resources: []GroupResources{{}}}, getPod, true},
		{"any group", Rule{Resources: []GroupResources{{Group: "*", Resources: []string{"deployments/scale"}}}}, scale, true},
		{"any group, another resource", Rule{Resources: []GroupResources{{Group: "*", Resources: []string{"pods"}}}}, scale, false},
		{"no wildcard inside", Rule{Resources: core("po*")}, getPod, false},

		{"name", Rule{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"web-0"}}}}, getPod, true},
		{"another name", Rule{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"web-1"}}}}, getPod, false},
		{"name: of its own entry only", Rule{Resources: []GroupResources{{Resources: []string{"nodes"}, ResourceNames: []string{"web-0"}},
			{Resources: []string{"pods"}, ResourceNames: []string{"n"}}}}, getPod, false},
		{"name: another entry has none", Rule{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"x"}},
			{Resources: []string{"pods", "nodes"}}}}, getPod, true},
		{"name: below", Rule{Resources: []GroupResources{{Resources: []string{"pods/log"}, ResourceNames: []string{"web-0"}}}}, podLog, true},
		{"name: of a create whose path has it", Rule{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"web-0"}}}}, strings.Replace(createPod, "/pods?", "/pods/web-0/?", 1), true},
		{"name: of a create it is in the body only", Rule{Resources: []GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"web-0"}}}}, createPod, false},

		{"namespace", Rule{Namespaces: []string{"dev", "prod"}}, getPod, true},
		{"another namespace", Rule{Namespaces: []string{"dev"}}, getPod, false},
		{"no namespace", Rule{Namespaces: []string{""}}, listNodes, true},
		{"no namespace: not of others", Rule{Namespaces: []string{""}}, getPod, false},
		{"namespace of a create", Rule{Namespaces: []string{"prod"}}, createPod, true},
		{"namespace: never a path", Rule{Namespaces: []string{""}}, readyz, false},
		{"namespace and resource", Rule{Namespaces: []string{"prod"}, Resources: core("nodes")}, getPod, false},

		{"path", Rule{NonResourceURLs: []string{"/readyz/etcd"}}, readyz, true},
		{"path: begins with", Rule{NonResourceURLs: []string{"/readyz*"}}, readyz, true},
		{"path: whole", Rule{NonResourceURLs: []string{"/readyz"}}, readyz, false},
		{"path: all", Rule{NonResourceURLs: []string{"*"}}, readyz, true},
		{"path: never a resource", Rule{NonResourceURLs: []string{"*"}}, getPod, false},
		{"path: longer than the path", Rule{NonResourceURLs: []string{"/readyz/etcd/x*"}}, readyz, false},

		{"user agent", Rule{UserAgents: []string{"kubectl/v1.36.3 (linux/amd64)"}}, getPod, true},
		{"user agent: beginning", Rule{UserAgents: []string{"kubectl/*"}}, getPod, true},
		{"user agent: end", Rule{UserAgents: []string{"*(linux/amd64)"}}, getPod, true},
		{"another user agent", Rule{UserAgents: []string{"curl/*", "*(darwin/arm64)"}}, getPod, false},
		{"user agent: none", Rule{UserAgents: []string{"kubectl/*"}}, podLog, false},
		{"user agent: any, even none", Rule{UserAgents: []string{"*"}}, podLog, true},

		{"code", Rule{ResponseCodes: []string{"401", "403"}}, podLog, true},
		{"code: class", Rule{ResponseCodes: []string{"4xx"}}, podLog, true},
		{"code: range", Rule{ResponseCodes: []string{"400-403"}}, podLog, true},
		{"another code", Rule{ResponseCodes: []string{"5xx", "404-499"}}, podLog, false},
		{"code: none", Rule{ResponseCodes: []string{"100-599"}}, asBob, false},
	}
	for _, tt := range tests {
		r := mustCompile(t, listOf(tt.rule))
		e := decode(t, record(tt.event))
		if got := r.Decide(e).Level == None; got != tt.want {
			t.Errorf("%s: matches: %v, want %v", tt.name, got, tt.want)
		}
		if got := matches(&tt.rule, parse(t, e.Raw)); got != tt.want {
			t.Errorf("%s: reference matches: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestEscapes: the same event is judged alike, however its strings are written.
func TestEscapes(t *testing.T) {
	e := decode(t, record(`"stage":"\u0052esponseComplete","requestURI":"\/api\/v1\/namespaces\/pr\u006fd\/p%6fds","verb":"cre\u0061te",`+
		`"user":{"username":"j\u0061ne","groups":["d\u0065v"]},"userAgent":"kub\u0065ctl\/v1",`+
		`"objectRef":{"resource":"p\u006fds","namespace":"pro\u0064","apiVersion":"v1","apiGroup":"\u0061pps","subresource":"sc\u0061le","name":"w\u0065b"}`))
	all := Rule{Users: []string{"jane"}, UserGroups: []string{"dev"}, Verbs: []string{"create"}, Namespaces: []string{"prod"},
		UserAgents: []string{"kubectl/*"}, OmitStages: []string{"ResponseComplete"}, Level: "Metadata",
		Resources: []GroupResources{{Group: "apps", Resources: []string{"pods/scale"}, ResourceNames: []string{"web"}}}}
	if d := mustCompile(t, listOf(all)).Decide(e); d != (Decision{Level: None, Rule: "policy[0]"}) {
		t.Errorf("escaped event: %+v", d)
	}
	path := decode(t, record(`"stage":"ResponseComplete","requestURI":"/%72eady\u007A/x%3Fy?a\u0026b","verb":"get","user":{"username":"jane"}`))
	if d := mustCompile(t, listOf(Rule{NonResourceURLs: []string{"/readyz/x?*"}})).Decide(path); d.Level != None {
		t.Errorf("encoded path: %+v", d)
	}
}

// TestClaimedNamespace: whoever writes a cluster-scoped object may name any namespace in its body, and the API server
// repeats it in objectRef. That must not put the write under a rule about that namespace.
func TestClaimedNamespace(t *testing.T) {
	const grant = `"stage":"ResponseComplete","verb":"create","user":{"username":"eve"},"objectRef":{"resource":"clusterrolebindings",` +
		`"namespace":"sandbox","name":"x","apiGroup":"rbac.authorization.k8s.io"},"requestURI":`
	r := mustCompile(t, listOf(Rule{Namespaces: []string{"sandbox"}}))
	for uri, dropped := range map[string]bool{
		`"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"`:                              false,
		`"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?x=/namespaces/sandbox/"`:       false,
		`"/apis/rbac.authorization.k8s.io/v1/namespaces/sandboxes/clusterrolebindings"`:         false,
		`"/apis/rbac.authorization.k8s.io/v1/namespaces/sandbox/rolebindings"`:                  true,
		`"/apis/rbac.authorization.k8s.io/v1/n%61mespaces/sandbox/rolebindings?a=b\u0026c=%2f"`: true,
		`"/api/v1/namespaces/sandbox"`:                                                          true,
	} {
		if d := r.Decide(decode(t, record(grant+uri))); (d.Level == None) != dropped {
			t.Errorf("%s: %+v, dropped: want %v", uri, d, dropped)
		}
	}
}

func TestOrder(t *testing.T) {
	get := Rule{Verbs: []string{"get"}, Level: "Metadata"}
	mine := List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Users: []string{"bob"}, Level: "None"},
		{Name: "reads", Verbs: []string{"get"}, Level: "Request", OmitStages: []string{"RequestReceived"}}, get, {Level: "RequestResponse"}}}
	upstream := List{Name: "policy_file", Upstream: true, Rules: []Rule{get}, OmitStages: []string{"Panic"}}
	other := List{Name: "outputs[0].policy", NoMatch: RequestResponse, Rules: []Rule{get}}
	tests := []struct {
		name  string
		lists []List
		event string
		want  Decision
	}{
		{"no list", nil, getPod, Decision{Level: RequestResponse}},
		{"first match", []List{mine}, getPod, Decision{Level: Request, Rule: "reads"}},
		{"omitted stage", []List{mine}, `"stage":"RequestReceived","verb":"get"`, Decision{Level: None, Rule: "reads"}},
		{"catch-all", []List{mine}, listNodes, Decision{Level: RequestResponse, Rule: "policy[3]"}},
		{"no match in ours", []List{other}, listNodes, Decision{Level: RequestResponse}},
		{"no match upstream", []List{upstream}, listNodes, Decision{Level: None, Rule: "policy_file[no match]"}},
		{"stage omitted by the policy", []List{upstream}, `"stage":"Panic","verb":"get"`, Decision{Level: None, Rule: "policy_file[0]"}},
		{"the lower level wins", []List{mine, other}, getPod, Decision{Level: Metadata, Rule: "outputs[0].policy[0]"}},
		{"in any order", []List{other, mine}, getPod, Decision{Level: Metadata, Rule: "outputs[0].policy[0]"}},
		{"the first of two alike", []List{upstream, other}, getPod, Decision{Level: Metadata, Rule: "policy_file[0]"}},
		{"none is the lowest", []List{mine, upstream}, listNodes, Decision{Level: None, Rule: "policy_file[no match]"}},
		{"a rule is named before none", []List{other, mine}, listNodes, Decision{Level: RequestResponse, Rule: "policy[3]"}},
	}
	for _, tt := range tests {
		if got := mustCompile(t, tt.lists...).Decide(decode(t, record(tt.event))); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestManyRules: the first match wins across the blocks of a long list, too.
func TestManyRules(t *testing.T) {
	var l List
	for i := range 3*blockRules + 1 {
		l.Rules = append(l.Rules, Rule{Level: "Metadata", Users: []string{string(rune('A'+i%7)) + "x"}, Verbs: []string{"watch"}})
	}
	for _, at := range []int{0, 63, 64, blockRules - 1, blockRules, 3 * blockRules} {
		long := listOf(append([]Rule(nil), l.Rules...)...)
		long.Rules[at] = Rule{Level: "None", Users: []string{"jane"}}
		long.Rules = append(long.Rules, Rule{Level: "Request"})
		if d := mustCompile(t, long).Decide(decode(t, record(getPod))); d.Rule != ruleName(&long, at) {
			t.Errorf("rule %d: %+v", at, d)
		}
	}
}

func parse(t testing.TB, record []byte) *request {
	t.Helper()
	var r request
	if err := json.Unmarshal(record, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}
