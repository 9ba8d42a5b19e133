package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/eventtest"
)

// What the built-in rules are for, and what is next to it.
const (
	execPod = `"stage":"ResponseStarted","requestURI":"/api/v1/namespaces/prod/pods/web-0/exec?command=sh","verb":"get","user":{"username":"system:serviceaccount:ci:builder"},` +
		`"objectRef":{"resource":"pods","namespace":"prod","name":"web-0","subresource":"exec"},"responseStatus":{"code":101}`
	bindRole = `"stage":"ResponseComplete","requestURI":"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings","verb":"create","user":{"username":"system:apiserver"},` +
		`"objectRef":{"resource":"clusterrolebindings","name":"x","apiGroup":"rbac.authorization.k8s.io"},"responseStatus":{"code":201}`
	throughNode = `"stage":"ResponseComplete","requestURI":"/api/v1/nodes/n1/proxy/exec/prod/web-0/web?command=id","verb":"get","user":{"username":"system:serviceaccount:ci:builder"},` +
		`"objectRef":{"resource":"nodes","name":"n1","subresource":"proxy"},"responseStatus":{"code":101}`
	throughPod = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods/https:p:10250/proxy/run/a/b/c","verb":"create","user":{"username":"system:serviceaccount:ci:builder"},` +
		`"objectRef":{"resource":"pods","namespace":"a","name":"https:p:10250","subresource":"proxy"},"responseStatus":{"code":200}`
	readSecret = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/secrets/db","verb":"get","user":{"username":"jane"},` +
		`"objectRef":{"resource":"secrets","namespace":"prod","name":"db"},"responseStatus":{"code":200}`
)

// dropAll is a policy that drops everything.
var dropAll = List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Name: "all", Level: "None"}}}

func TestBuiltInProtection(t *testing.T) {
	r := mustCompile(t, dropAll).Protected()
	tests := []struct {
		name, event string
		want        Decision
	}{
		{"exec", execPod, Decision{Level: RequestResponse, Rule: "protect: sessions"}},
		{"exec before anything happened", strings.Replace(execPod, "ResponseStarted", "RequestReceived", 1), Decision{Rule: "all"}},
		{"ephemeral containers", strings.Replace(execPod, `"exec"}`, `"ephemeralcontainers"}`, 1), Decision{Level: RequestResponse, Rule: "protect: sessions"}},
		{"exec below something else", strings.Replace(execPod, `"pods",`, `"services",`, 1), Decision{Rule: "all"}},
		{"a log is none", strings.Replace(execPod, `"exec"}`, `"log"}`, 1), Decision{Rule: "all"}},
		{"exec through a node", throughNode, Decision{Level: RequestResponse, Rule: "protect: sessions by proxy"}},
		{"written otherwise", strings.Replace(throughNode, "/exec", "/x/..//%65xec", 1), Decision{Level: RequestResponse, Rule: "protect: sessions by proxy"}},
		{"through a pod, which may be the kubelet's", throughPod, Decision{Level: RequestResponse, Rule: "protect: sessions by proxy"}},
		{"through a node, and no exec", strings.Replace(throughNode, "/exec", "/stats", 1), Decision{Rule: "all"}},
		{"RBAC write, whoever", bindRole, Decision{Level: RequestResponse, Rule: "protect: RBAC writes"}},
		{"RBAC read", strings.Replace(bindRole, `"create"`, `"list"`, 1), Decision{Rule: "all"}},
		{"RBAC dry run", strings.Replace(bindRole, `bindings",`, `bindings?dryRun=All",`, 1), Decision{Rule: "all"}},
		{"a person's secret", readSecret, Decision{Level: Metadata, Rule: "protect: people and secrets"}},
		{"anybody's secret", strings.Replace(readSecret, "jane", "system:anonymous", 1), Decision{Level: Metadata, Rule: "protect: people and secrets"}},
		{"a workload's secret", strings.Replace(readSecret, "jane", "system:serviceaccount:a:b", 1), Decision{Rule: "all"}},
		{"a failed login", refused, Decision{Level: Metadata, Rule: "protect: refusals"}},
		{"a refusal", podLog, Decision{Level: Metadata, Rule: "protect: refusals"}},
		{"anything else", getPod, Decision{Rule: "all"}},
	}
	for _, tt := range tests {
		if got := r.Decide(decode(t, record(tt.event))); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestProtectionIsSilent: what no rule drops is as if there were none.
func TestProtectionIsSilent(t *testing.T) {
	strip := List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Name: "strip", Level: "Metadata"}}}
	for _, e := range []string{execPod, bindRole, readSecret, refused, getPod} {
		if got := mustCompile(t, strip).Protected().Decide(decode(t, record(e))); got != (Decision{Level: Metadata, Rule: "strip"}) {
			t.Errorf("%+v: %s", got, e)
		}
		if got := mustCompile(t).Protected().Decide(decode(t, record(e))); got != (Decision{Level: RequestResponse}) {
			t.Errorf("without a list: %+v: %s", got, e)
		}
	}
}

// TestUpstreamStaysExact: without protection a kind: Policy loses what it loses in kube-apiserver.
func TestUpstreamStaysExact(t *testing.T) {
	policy := List{Name: "policy_file", Upstream: true, Rules: []Rule{{Level: "Metadata", Verbs: []string{"watch"}}}}
	e := decode(t, record(execPod))
	if d := mustCompile(t, policy).Decide(e); d != (Decision{Rule: "policy_file[no match]"}) {
		t.Errorf("%+v", d)
	}
	if d := mustCompile(t, policy).Protected().Decide(e); d.Rule != "protect: sessions" {
		t.Errorf("%+v", d)
	}
}

func TestProtect(t *testing.T) {
	list := func(name string, rules ...Rule) List { return List{Name: name, NoMatch: RequestResponse, Rules: rules} }
	drop := Rule{Name: "drop", Level: "None"}
	keep := Rule{Name: "keep", Level: "Request", Users: []string{"jane"}, Protect: new(true)}
	exempt := Rule{Name: "exempt", Level: "None", Protect: new(false)}
	strip := list("strip", Rule{Name: "strip", Level: "Metadata"})
	tests := []struct {
		name  string
		lists []List
		event string
		want  Decision
	}{
		{"against a later list", []List{list("a", keep), list("b", drop)}, getPod, Decision{Level: Request, Rule: "keep"}},
		{"against an earlier list", []List{list("b", drop), list("a", keep)}, getPod, Decision{Level: Request, Rule: "keep"}},
		{"against a kind: Policy", []List{{Name: "policy_file", Upstream: true, Rules: []Rule{{Level: "None"}}}, list("a", keep)}, getPod, Decision{Level: Request, Rule: "keep"}},
		{"against a later rule", []List{list("a", keep, drop)}, getPod, Decision{Level: Request, Rule: "keep"}},
		{"not against an earlier rule", []List{list("a", drop, keep)}, getPod, Decision{Rule: "drop"}},
		{"only what it matches", []List{list("a", keep), list("b", drop)}, execPod, Decision{Level: RequestResponse, Rule: "protect: sessions"}},
		{"the lowest level that leaves something", []List{list("a", keep), list("b", drop), strip}, getPod, Decision{Level: Metadata, Rule: "keep"}},
		{"of lists behind the dropping one, too", []List{list("b", drop), strip}, execPod, Decision{Level: Metadata, Rule: "protect: sessions"}},
		{"it does not raise", []List{list("a", keep), strip}, getPod, Decision{Level: Metadata, Rule: "strip"}},
		{"false drops what is built in", []List{list("a", exempt)}, execPod, Decision{Rule: "exempt"}},
		{"false, behind another that drops", []List{list("a", drop), list("b", exempt)}, execPod, Decision{Rule: "drop"}},
		{"false does not drop what another list protects", []List{list("a", keep), list("b", exempt)}, getPod, Decision{Level: Request, Rule: "keep"}},
		{"not at stages that it omits", []List{list("a", Rule{Name: "keep", Level: "Request", Protect: new(true), OmitStages: []string{"ResponseComplete"}})}, getPod, Decision{Rule: "keep"}},
	}
	for _, tt := range tests {
		if got := mustCompile(t, tt.lists...).Protected().Decide(decode(t, record(tt.event))); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestProtectUnanswerable: whoever writes the object can't make a condition that protects unanswerable, and so be dropped.
func TestProtectUnanswerable(t *testing.T) {
	const privileged = `object.spec.containers.exists(c, has(c.securityContext) && c.securityContext.privileged == true)`
	const pod = `"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods","verb":"create","user":{"username":"jane"},"objectRef":{"resource":"pods","namespace":"a"},"responseStatus":{"code":201},"requestObject":`
	rules := []Rule{{Name: "keep", Level: "Request", When: privileged, Protect: new(true)}, {Name: "noise", Level: "None"}}
	kept, dropped := Decision{Level: Request, Rule: "keep"}, Decision{Rule: "noise"}
	evil := `{"spec":{"containers":[{"name":"PAD"},{"securityContext":{"privileged":true}}]}}`
	tests := []struct {
		name, body string
		want       Decision
	}{
		{"it holds", evil, kept},
		{"it does not hold", `{"spec":{"containers":[]}}`, dropped},
		{"too long", strings.Replace(evil, "PAD", strings.Repeat("x", 2<<20), 1), kept},
		{"a JSON patch", `[{"op":"add"}]`, kept},
		{"another type", `{"spec":{"containers":1}}`, kept},
		{"a missing field", `{"spec":{}}`, kept},
	}
	judge := NewJudge(mustCompile(t, List{Name: "a", NoMatch: RequestResponse, Rules: rules}))
	for _, tt := range tests {
		if got := judge.Decide(decode(t, record(pod+tt.body))); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if got := counts(judge)["keep error"]; got != 4 {
		t.Errorf("%d errors are counted", got)
	}
	rules[0].Protect = nil
	if got := mustCompile(t, List{Name: "a", NoMatch: RequestResponse, Rules: rules}).Decide(decode(t, record(pod+`{}`))); got != dropped {
		t.Errorf("without protect: %+v", got)
	}
}

// TestNoiseLosesNothingToProtection: the ready policy drops nothing that is protected, so protection costs it nothing.
func TestNoiseLosesNothingToProtection(t *testing.T) {
	r, _ := loadNoise(t)
	for _, file := range []string{"../event/testdata/real.jsonl", "testdata/noise.jsonl"} {
		eachEvent(t, file, func(e *event.Event) {
			if with, without := r.Protected().Decide(e), r.Decide(e); with != without {
				t.Errorf("%+v, without protection %+v: %s", with, without, e.Raw)
			}
		})
	}
}

func TestOmitManagedFields(t *testing.T) {
	policy := List{Name: "policy_file", Upstream: true, OmitManagedFields: true, Rules: []Rule{
		{Level: "Request", Users: []string{"jane"}}, {Level: "Request", Users: []string{"bob"}, OmitManagedFields: new(false)}}}
	ours := List{Name: "policy", NoMatch: RequestResponse, Rules: []Rule{{Level: "RequestResponse", Verbs: []string{"patch"}, OmitManagedFields: new(true)}}}
	for user, tests := range map[string]map[string]bool{"jane": {"get": true, "patch": true}, "bob": {"get": false, "patch": true}} {
		for verb, want := range tests {
			e := decode(t, record(`"stage":"ResponseComplete","requestURI":"/x","verb":"`+verb+`","user":{"username":"`+user+`"}`))
			if d := mustCompile(t, policy, ours).Decide(e); d.OmitManagedFields != want || d.Level != Request {
				t.Errorf("%s %s: %+v", user, verb, d)
			}
		}
	}
}

// TestProxiedForReal: of what kube-apiserver v1.36.3 passed on to a kubelet, a pod or a service, everything that got to a path into
// containers is protected, however it was written, and nothing else. agent/enrich/testdata/proxied.golden shows what the events are.
func TestProxiedForReal(t *testing.T) {
	elsewhere := []string{"r9-11", "r9-13", "r9-17", "r9-22", "r9-25", "r9-29", "r9-31", "r9-46"} // refused, or another path there
	r := mustCompile(t, dropAll).Protected()
	for e := range eventtest.Events(t, "../enrich/testdata/proxied.jsonl") {
		id := e.String(e.Text(event.AuditID))
		want := strings.HasPrefix(id, "r9-") && !slices.Contains(elsewhere, id)
		if got := r.Decide(e); want != (got.Rule == "protect: sessions by proxy") {
			t.Errorf("%s %s: %+v", id, e.String(e.Text(event.RequestURI)), got)
		}
	}
}
