package enrich

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/networks"
)

// deed is what the object of an event says was done.
type deed struct {
	Action, Class      string
	Action_Code        string
	Outcome            string
	Target             struct{ Group, Resource, Subresource, Namespace, Name, Path string }
	Client             string
	Client_Version     string
	Interactive        *bool
	Field_Manager      string
	Source_IP, Network string
	Session            *struct {
		ID, Phase, Kind, Container, Outcome string
		Argv                                []string
		TTY, Stdin                          *bool
		Start, End                          string
		Duration_MS                         *float64
	}
}

// request is a record: its verb, its URI, its objectRef without braces, and other members.
func request(verb, uri, target, more string) string {
	quoted, _ := json.Marshal(uri)
	record := `{"auditID":"1","stage":"ResponseComplete","requestURI":` + string(quoted) + `,"verb":"` + verb + `"`
	if target != "" {
		record += `,"objectRef":{` + target + `}`
	}
	if !strings.Contains(more, `"user"`) {
		record += `,"user":{"username":"jane"}`
	}
	return record + more + `}`
}

func deedOf(t testing.TB, n *Enricher, record string) (*event.Event, deed) {
	t.Helper()
	e := decode(t, record)
	var d deed
	if err := json.Unmarshal(append(n.Enrich(e, nil), '}'), &d); err != nil {
		t.Fatalf("%v: %s", err, e.Enrichment)
	}
	return e, d
}

const (
	code200 = `,"responseStatus":{"code":200}`
	code201 = `,"responseStatus":{"code":201}`
)

// TestAction: what is said of requests, with code and class.
func TestAction(t *testing.T) {
	const (
		pod  = `"resource":"pods","namespace":"prod","name":"web"`
		node = `"resource":"nodes","name":"cp-1"`
		csr  = `"resource":"certificatesigningrequests","name":"eve","apiGroup":"certificates.k8s.io","subresource":"approval"`
		deal = `"resource":"deployments","namespace":"prod","name":"web","apiGroup":"apps"`
		bind = `"resource":"clusterrolebindings","name":"x","apiGroup":"rbac.authorization.k8s.io"`
	)
	tests := []struct{ verb, uri, target, more, want string }{
		// verbs, names and places
		{"get", "/x", `"resource":"secrets","namespace":"a","name":"s"`, "", "read secret a/s | secret-read | read"},
		{"list", "/x", `"resource":"secrets"`, "", "list secrets in all namespaces | secret-list | read"},
		{"list", "/x", `"resource":"secrets","namespace":"a"`, "", "list secrets in a | secret-list | read"},
		{"list", "/x", `"resource":"secrets","namespace":"a","name":"s"`, "", "read secret a/s | secret-list | read"}, // by field selector
		{"list", "/x", `"resource":"nodes"`, "", "list nodes | node-list | read"},
		{"list", "/x", `"resource":"widgets","apiGroup":"example.org"`, "", "list widgets | widget-list | read"}, // nobody knows its scope
		{"watch", "/x", `"resource":"pods"`, "", "watch pods in all namespaces | pod-watch | read"},
		{"watch", "/x", pod, "", "watch pod prod/web | pod-watch | read"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, "", "create pod in a | pod-create | write"},
		{"patch", "/x", pod, code200, "update pod prod/web | pod-update | write"},
		{"patch", "/x", pod, code201, "create pod prod/web | pod-create | write"},
		{"update", "/x", `"resource":"leases","namespace":"a","name":"b","apiGroup":"coordination.k8s.io"`, code201, "create lease a/b | lease-create | write"},
		{"delete", "/x", `"resource":"namespaces","namespace":"y","name":"y"`, "", "delete namespace y | namespace-delete | delete"},
		{"deletecollection", "/x", `"resource":"events","namespace":"a"`, "", "delete all events in a | event-delete-collection | delete"},
		{"deletecollection", "/x?labelSelector=a%3Db", `"resource":"pods","namespace":"a"`, "", "delete selected pods in a | pod-delete-collection | delete"},
		{"deletecollection", "/x?labelSelector=", `"resource":"pods"`, "", "delete all pods in all namespaces | pod-delete-collection | delete"},
		{"", "/x", pod, "", "request pod prod/web | pod-other | "},
		// kinds
		{"get", "/x", `"resource":"networkpolicies","apiGroup":"networking.k8s.io","namespace":"a","name":"b"`, "", "read networkpolicy a/b | networkpolicy-read | read"},
		{"get", "/x", `"resource":"ingresses","apiGroup":"networking.k8s.io","namespace":"a","name":"b"`, "", "read ingress a/b | ingress-read | read"},
		{"get", "/x", `"resource":"endpoints","namespace":"a","name":"b"`, "", "read endpoints a/b | endpoints-read | read"},
		{"get", "/x", `"resource":"pods","apiGroup":"metrics.k8s.io","namespace":"a","name":"b"`, "", "read pod.metrics.k8s.io a/b | metrics-pod-read | read"},
		{"get", "/x", `"resource":"prometheuses","apiGroup":"monitoring.coreos.com","namespace":"a","name":"b"`, "", "read prometheus a/b | prometheus-read | read"},
		{"get", "/x", `"resource":"..","name":".."`, "", "read .. .. | other-read | read"},
		{"get", "/x", `"resource":"Pods"`, "", "read Pods | other-read | read"},
		{"get", "/x", `"resource":"` + strings.Repeat("a", 70) + `"`, "", "read " + strings.Repeat("a", 70) + " | other-read | read"},
		// subresources
		{"patch", "/x", pod + `,"subresource":"status"`, "", "update status of pod prod/web | pod-status-update | write"},
		{"get", "/x", deal + `,"subresource":"scale"`, "", "read scale of deployment prod/web | deployment-scale-read | read"},
		{"patch", "/x", deal + `,"subresource":"scale"`, `,"requestObject":{"spec":{"replicas":3}}`, "scale deployment prod/web to 3 | deployment-scale | write"},
		{"patch", "/x", deal + `,"subresource":"scale"`, `,"requestObject":{"spec":{"replicas":"x"}}`, "scale deployment prod/web | deployment-scale | write"},
		{"get", "/x", pod + `,"subresource":"log"`, "", "read logs of pod prod/web | pod-log-read | read"},
		{"create", "/x", pod + `,"subresource":"eviction"`, "", "evict pod prod/web | pod-evict | delete"},
		{"create", "/x", pod + `,"subresource":"binding"`, `,"requestObject":{"target":{"name":"n1"}}`, "schedule pod prod/web onto node n1 | pod-schedule | write"},
		{"create", "/x", `"resource":"serviceaccounts","namespace":"ci","name":"b","subresource":"token"`, "", "mint token for service account ci/b | token-mint | auth"},
		{"update", "/x", `"resource":"namespaces","name":"a","subresource":"finalize"`, "", "finalize namespace a | namespace-finalize | delete"},
		{"get", "/x", pod + `,"subresource":"a\"b"`, "", `read a"b of pod prod/web | pod-other-read | read`},
		// sessions
		{"get", "/x/exec?command=sh&command=-c&command=a+b", pod + `,"subresource":"exec"`, "", "exec into pod prod/web: sh -c 'a b' | pod-exec | session"},
		{"create", "/x/exec?command=it%27s&command=", pod + `,"subresource":"exec"`, "", `exec into pod prod/web: 'it'\''s' '' | pod-exec | session`},
		{"get", "/x/exec", pod + `,"subresource":"exec"`, "", "exec into pod prod/web | pod-exec | session"},
		{"get", "/x?command=tar&command=cf&command=-&command=/etc", pod + `,"subresource":"exec"`, "", "copy /etc out of pod prod/web | pod-copy-out | session"},
		{"get", "/x?command=tar&command=-xmf&command=-&command=-C&command=/t", pod + `,"subresource":"exec"`, "", "copy into pod prod/web: /t | pod-copy-in | session"},
		{"get", "/x?command=tar&command=-xmf&command=-", pod + `,"subresource":"exec"`, "", "copy into pod prod/web | pod-copy-in | session"},
		{"get", "/x", pod + `,"subresource":"attach"`, "", "attach to pod prod/web | pod-attach | session"},
		{"get", "/x?container=debugger-abc", pod + `,"subresource":"attach"`, "", "debug pod prod/web in container debugger-abc | pod-debug | session"},
		{"patch", "/x", pod + `,"subresource":"ephemeralcontainers"`, `,"requestObject":{"spec":{"ephemeralContainers":[{"name":"d","command":["sh"]}]}}`, "debug pod prod/web in container d: sh | pod-debug | session"},
		{"get", "/x", pod + `,"subresource":"ephemeralcontainers"`, "", "read ephemeralcontainers of pod prod/web | pod-ephemeralcontainers-read | read"},
		{"create", "/x", pod + `,"subresource":"portforward"`, "", "forward ports to pod prod/web | pod-port-forward | session"},
		{"get", "/x", `"resource":"pods","apiGroup":"example.org","namespace":"a","name":"b","subresource":"exec"`, "", "read exec of pod.example.org a/b | example-pod-exec-read | read"},
		// proxies
		{"get", "/api/v1/nodes/cp-1/proxy/pods", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /pods | node-proxy | read"},
		{"create", "/api/v1/nodes/cp-1/proxy/run/a/b/c?cmd=id", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /run/a/b/c | node-proxy-exec | session"},
		{"get", "/api/v1/nodes/cp-1/proxy/exec", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /exec | node-proxy-exec | session"},
		{"delete", "/api/v1/namespaces/a/services/s/proxy/run", `"resource":"services","namespace":"a","name":"s","subresource":"proxy"`, "", "proxy to service a/s: /run | service-proxy | delete"},
		{"get", "/api/v1/namespaces/proxy/pods/proxy/proxy/proxy/proxy/", `"resource":"pods","namespace":"proxy","name":"proxy","subresource":"proxy"`, "", "proxy to pod proxy/proxy: /proxy/proxy/ | pod-proxy | read"},
		{"get", "/api/v1/nodes/cp-1/proxy", node + `,"subresource":"proxy"`, "", "proxy to node cp-1 | node-proxy | read"},
		{"get", "/api/v1/nodes/cp-1/proxy/%", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /% | node-proxy | read"},
		// what the body tells
		{"create", "/x", bind, `,"requestObject":{"roleRef":{"kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"User","name":"bob"}]}`, "bind clusterrole admin to user bob | clusterrolebinding-create | write"},
		{"create", "/x", bind, `,"requestObject":{"roleRef":{"kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"ServiceAccount","name":"b","namespace":"ci"},{"kind":"Group","name":"g"}]}`,
			"bind clusterrole admin to service account ci/b and another | clusterrolebinding-create | write"},
		{"create", "/x", `"resource":"rolebindings","namespace":"a","name":"x","apiGroup":"rbac.authorization.k8s.io"`,
			`,"requestObject":{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"Group","name":"g"},{},{}]}`, "bind role r to group g and others in a | rolebinding-create | write"},
		{"create", "/x", bind, "", "create clusterrolebinding x | clusterrolebinding-create | write"},
		{"patch", "/x", bind, `,"requestObject":[{"op":"add"}]`, "update clusterrolebinding x | clusterrolebinding-update | write"},
		{"update", "/x", csr, `,"requestObject":{"status":{"conditions":[{"type":"Approved"}]}}`, "approve certificate signing request eve | certificate-approve | auth"},
		{"update", "/x", csr, `,"requestObject":{"status":{"conditions":[{"type":"Denied"}]}}`, "deny certificate signing request eve | certificate-deny | auth"},
		{"update", "/x", csr, "", "decide on certificate signing request eve | certificate-decide | auth"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"unschedulable":true}}`, "cordon node cp-1 | node-cordon | write"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"unschedulable":null}}`, "uncordon node cp-1 | node-uncordon | write"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"podCIDR":"x"}}`, "update node cp-1 | node-update | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x"}}}}}`, "restart deployment prod/web | deployment-restart | write"},
		{"create", "/x", `"resource":"subjectaccessreviews","apiGroup":"authorization.k8s.io"`, `,"requestObject":{"spec":{"resourceAttributes":{"verb":"get","resource":"pods","subresource":"exec","namespace":"a"}}}`,
			"check somebody's access: get pods/exec in a | access-review | auth"},
		{"create", "/x", `"resource":"tokenreviews","apiGroup":"authentication.k8s.io"`, "", "check a token | token-review | auth"},
		// logins and impersonation
		{"list", "/x", `"resource":"secrets","namespace":"a"`, `,"user":{},"responseStatus":{"code":401}`, "failed login: list secrets in a | failed-login | auth"},
		{"get", "/version", "", `,"user":{},"responseStatus":{"code":401}`, "failed login: read /version | failed-login | auth"},
		{"get", "/x", `"resource":"services","namespace":"a","name":"s","subresource":"proxy"`, `,"responseStatus":{"code":401}`, "proxy to service a/s | service-proxy | read"}, // the service's own
		{"list", "/x", `"resource":"nodes"`, `,"responseStatus":{"message":"User \"jane\" cannot impersonate resource \"users\"","details":{"kind":"users","name":"admin"},"code":403}`, "impersonate admin to list nodes | impersonate | auth"},
		{"list", "/x", `"resource":"nodes"`, `,"responseStatus":{"message":"cannot impersonate-on:user-info:list","details":{"kind":"nodes"},"code":403}`, "impersonate somebody to list nodes | impersonate | auth"},
		{"list", "/x", `"resource":"nodes"`, `,"responseStatus":{"message":"cannot impersonate","code":403},"annotations":{"authorization.k8s.io/decision":"forbid"}`, "list nodes | node-list | read"},
		// URLs
		{"get", "/healthz?verbose", "", "", "read /healthz | health-read | read"},
		{"get", "/apis/apps/v1", "", "", "read /apis/apps/v1 | api-discovery | read"},
		{"get", "/apisx", "", "", "read /apisx | url-read | read"},
		{"post", "/x", "", "", "write to /x | url-write | write"},
		{"delete", "/x", "", "", "delete /x | url-delete | delete"},
		{"trace", "/x", "", "", "request /x | url-other | "},
	}
	n := New(Config{})
	for _, tt := range tests {
		_, d := deedOf(t, n, request(tt.verb, tt.uri, tt.target, tt.more))
		if got := d.Action + " | " + d.Action_Code + " | " + d.Class; got != tt.want {
			t.Errorf("%s %s %s\n got %s\nwant %s", tt.verb, tt.uri, tt.target, got, tt.want)
		}
	}
}

func TestOutcome(t *testing.T) {
	const dry = "/x?dryRun=All"
	for _, tt := range []struct {
		verb, uri, subresource string
		code                   int
		more, want             string
	}{
		{"get", "/x", "", 0, "", ""}, {"get", "/x", "", 200, "", "allowed"}, {"get", "/x", "", 304, "", "allowed"}, {"get", "/x", "exec", 101, "", "allowed"},
		{"get", "/x", "", 401, "", "denied"}, {"get", "/x", "", 403, `,"annotations":{"authorization.k8s.io/decision":"allow"}`, "denied"},
		{"get", "/x", "", 404, "", "failed"}, {"create", "/x", "", 422, "", "failed"}, {"get", "/x", "", 500, "", "failed"}, {"get", "/x", "", 429, "", "failed"},
		{"create", dry, "", 201, "", "dry-run"}, {"patch", "/x?fieldManager=k&dryRun=All", "", 200, "", "dry-run"}, {"create", dry, "", 403, "", "denied"}, {"create", dry, "", 0, "", ""},
		{"get", dry, "", 200, "", "allowed"}, {"create", dry, "exec", 101, "", "allowed"}, {"create", dry, "token", 201, "", "allowed"},
		{"delete", "/x", "", 200, `,"level":"Request","requestObject":{"dryRun":["All"]}`, "dry-run"},
		{"delete", dry, "", 200, `,"level":"Request","requestObject":{"kind":"DeleteOptions"}`, "allowed"}, // the body counts
		{"delete", dry, "", 200, `,"level":"Metadata"`, "allowed"},                                         // there may have been one
	} {
		target := `"resource":"pods","namespace":"a","name":"b","subresource":"` + tt.subresource + `"`
		_, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, target, fmt.Sprintf(`,"responseStatus":{"code":%d}`, tt.code)+tt.more))
		if d.Outcome != tt.want {
			t.Errorf("%s %s %s %d %s: %q, want %q", tt.verb, tt.uri, tt.subresource, tt.code, tt.more, d.Outcome, tt.want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, tt := range []struct{ verb, uri, target, more, want string }{
		{"get", "/x", `"resource":"pods","namespace":"a","name":"b","subresource":"log"`, "", "{ pods log a b }"},
		{"get", "/x", `"resource":"deployments","apiGroup":"apps","namespace":"a"`, "", "{apps deployments  a  }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, `,"requestObject":{"metadata":{"generateName":"b-"}},"responseObject":{"metadata":{"name":"b-x7"}}`, "{ pods  a b-x7 }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, `,"requestObject":{"metadata":{"name":"b"}},"responseObject":{"kind":"Status","metadata":{}}`, "{ pods  a b }"},
		{"create", "/x", `"resource":"pods","namespace":"a"`, "", "{ pods  a  }"},
		{"get", "/version?x=y", "", "", "{     /version}"},
		{"get", "/a%3Fb\u0026c?d", "", "", "{     /a%3Fb&c}"},
	} {
		if _, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, tt.target, tt.more)); fmt.Sprint(d.Target) != tt.want {
			t.Errorf("%s %s %s: %v, want %s", tt.verb, tt.uri, tt.target, d.Target, tt.want)
		}
	}
}

func TestInteractive(t *testing.T) {
	const clientGo = " (linux/amd64) kubernetes/abc"
	for _, tt := range []struct{ user, agent, verb, uri, subresource, want string }{
		{"jane", "kubectl/v1.36.3" + clientGo, "get", "/x", "", "true"}, {"jane", "kubectl.exe/v1.36.3" + clientGo, "get", "/x", "", "true"},
		{"jane", "kubectl-argo/v1", "get", "/x", "", "true"}, {"jane", "k9s/v0.32", "watch", "/x?allowWatchBookmarks=true", "", "true"}, {"jane", "Helm/3.14", "get", "/x", "", "true"},
		{"jane", "mytool/1", "patch", "/x?fieldManager=kubectl-edit", "", "true"},
		{"jane", "curl/8", "get", "/x", "", ""}, {"jane", "terraform/1.5" + clientGo, "get", "/x", "", ""}, {"jane", "", "get", "/x", "", ""},
		{"jane", "x/1" + clientGo + "/leader-election", "update", "/x", "", "false"}, {"jane", "x/1", "watch", "/x?allowWatchBookmarks=true", "", "false"},
		{"system:serviceaccount:a:b", "x/1" + clientGo, "get", "/x", "", "false"}, {"system:serviceaccount:a:b", "kubectl/v1" + clientGo, "get", "/x", "", ""},
		{"system:serviceaccount:a:b", "curl/8", "get", "/x", "", ""}, {"system:serviceaccount:a:b", "kubectl/v1" + clientGo, "get", "/x?stdin=true&tty=true", "exec", "true"},
		{"system:node:a", "kubelet/v1" + clientGo, "get", "/x", "", "false"}, {"system:node:a", "kubectl/v1" + clientGo, "get", "/x", "", ""}, {"system:kube-scheduler", "kube-scheduler/v1", "get", "/x", "", "false"},
		{"system:anonymous", "kubectl/v1" + clientGo, "get", "/x", "", ""},
	} {
		target := `"resource":"pods","namespace":"a","name":"b","subresource":"` + tt.subresource + `"`
		_, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, target, `,"user":{"username":"`+tt.user+`"},"userAgent":"`+tt.agent+`"`))
		got := ""
		if d.Interactive != nil {
			got = fmt.Sprint(*d.Interactive)
		}
		if got != tt.want {
			t.Errorf("%s with %q %s %s: %q, want %q", tt.user, tt.agent, tt.verb, tt.uri, got, tt.want)
		}
	}
}

func TestFieldManager(t *testing.T) {
	for _, tt := range []struct{ verb, uri, want string }{
		{"patch", "/x?fieldManager=kubectl-edit&fieldValidation=Strict", "kubectl-edit"}, {"create", "/x?a=b&fieldManager=my%20tool%22", `my tool"`},
		{"create", "/x?a=b&fieldManager=a+b&fieldManager=c", "a b"}, {"get", "/x?fieldManager=a", ""}, {"patch", "/x?afieldManager=a", ""}, {"patch", "/x", ""},
		{"patch", "/x?fieldManager=" + strings.Repeat("a", 1000), ""}, {"patch", "/x?fieldManager=%zz", ""}, {"patch", "/x?fieldManager=%ff%00", "\ufffd\x00"},
	} {
		if _, d := deedOf(t, New(Config{}), request(tt.verb, tt.uri, `"resource":"pods"`, "")); d.Field_Manager != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.verb, tt.uri, d.Field_Manager, tt.want)
		}
	}
}

// TestClientsAreRemembered: what was said before of other user agents changes nothing.
func TestClientsAreRemembered(t *testing.T) {
	n := New(Config{})
	for round := range 3 {
		for i := range 500 {
			agent := fmt.Sprintf("program-%d/v%d (linux/amd64) kubernetes/%d", i%97, i%89, i)
			e, d := deedOf(t, n, request("get", "/x", `"resource":"pods"`, `,"userAgent":"`+agent+`"`))
			if want := fmt.Sprintf("program-%d", i%97); d.Client != want || d.Client_Version != fmt.Sprintf("v%d", i%89) || e.String(e.Client) != want {
				t.Fatalf("round %d: %q is %q %q %q", round, agent, d.Client, d.Client_Version, e.String(e.Client))
			}
		}
	}
}

func TestNetwork(t *testing.T) {
	labels, err := networksOf("office 10.8.0.0/16", "lab 2001:db8::/32")
	if err != nil {
		t.Fatal(err)
	}
	n := New(Config{Networks: labels})
	for range 2 { // the second time from memory
		for address, want := range map[string]string{
			"10.8.0.7": "office", "::ffff:10.8.0.7": "office", "2001:db8::1": "lab", "10.9.0.1": "", "not an address": "", strings.Repeat("1", 60): "", "": "",
		} {
			if _, d := deedOf(t, n, request("get", "/x", "", `,"sourceIPs":["10.8.0.1","`+address+`"]`)); d.Network != want || d.Source_IP != address {
				t.Errorf("%s is in %q, want %q", address, d.Network, want)
			}
		}
	}
}

// TestSession holds the session of both events of one.
func TestSession(t *testing.T) {
	const times = `,"requestReceivedTimestamp":"2026-11-22T11:50:42.521917Z","stageTimestamp":"2026-11-22T11:50:42.541952Z","responseStatus":{"code":101}`
	record := request("get", "/x/exec?command=sh&command=-c&command=%1b%e2%80%ae%22&container=main&tty=true", `"resource":"pods","namespace":"prod","name":"web","subresource":"exec"`, times)
	_, end := deedOf(t, New(Config{}), record)
	_, start := deedOf(t, New(Config{}), strings.Replace(record, "ResponseComplete", "ResponseStarted", 1))
	_, received := deedOf(t, New(Config{}), strings.Replace(record, "ResponseComplete", "RequestReceived", 1))
	if received.Session != nil || start.Session == nil || end.Session == nil {
		t.Fatal("a session belongs to its start and its end")
	}
	if s := start.Session; s.Phase != "start" || s.Outcome != "upgraded" || s.End != "" || s.Duration_MS != nil || s.ID != end.Session.ID || len(s.ID) != 32 {
		t.Errorf("the start is %+v", s)
	}
	s := end.Session
	if s.Phase != "end" || s.Kind != "exec" || s.Container != "main" || s.Outcome != "ended" || *s.Duration_MS != 20.035 || !*s.TTY || *s.Stdin ||
		s.Start != "2026-11-22T11:50:42.521917Z" || s.End != "2026-11-22T11:50:42.541952Z" || fmt.Sprintf("%q", s.Argv) != `["sh" "-c" "\x1b\u202e\""]` {
		t.Errorf("the end is %+v", s)
	}
	if want := `exec into pod prod/web: sh -c '\x1b\u202e"'`; end.Action != want {
		t.Errorf("the phrase is %s, want %s", end.Action, want)
	}
}

// TestCodesAreDocumented: docs/events.md has the closed table.
func TestCodesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, all := range specials {
		for _, s := range all {
			codes = append(codes, s.code)
		}
	}
	for _, all := range subspecials {
		for _, s := range all {
			codes = append(codes, s.code)
		}
	}
	for _, u := range urlActions {
		codes = append(codes, u.code)
	}
	for _, g := range general {
		codes = append(codes, g.code)
	}
	for _, file := range []string{"action.go", "refine.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:a\.code(?:, a\.\w+)* = |code: |return )"(-?[a-z]+-?[a-z-]*)"`).FindAllStringSubmatch(string(source), -1) {
			codes = append(codes, m[1])
		}
	}
	if len(codes) < 50 {
		t.Errorf("only %d codes found", len(codes))
	}
	for _, code := range codes {
		if strings.HasPrefix(code, "-") && !strings.Contains(string(page), "KIND"+code+"`") {
			if !strings.Contains(string(page), "`"+code+"`") {
				t.Errorf("docs/events.md has no KIND%s", code)
			}
		} else if !strings.HasPrefix(code, "-") && code != "" && !strings.Contains(string(page), "`"+code+"`") {
			t.Errorf("docs/events.md has no %s", code)
		}
	}
}

// FuzzWhat: whatever the caller wrote, the object is valid JSON of bounded size, and its phrase one line that a terminal does
// not obey.
func FuzzWhat(f *testing.F) {
	f.Add("get", "/api/v1/namespaces/a/pods/b/exec?command=sh&command=%1b%e2%80%ae", "pods", "exec", "a", "b", `{"spec":{"ephemeralContainers":[{"name":"\u202e","command":["a\"\\"]}]}}`, 101)
	f.Add("create", "/x?fieldManager=%ff%22&dryRun=All", "clusterrolebindings", "", "", "\u009b", `{"roleRef":{"name":"\u001b"},"subjects":[{"kind":"User","name":"\ud800"}]}`, 201)
	f.Add("patch", "/api/v1/nodes/%/proxy/%", "nodes", "proxy", "", "%", `[]`, 403)
	f.Add("deletecollection", "?", "\xff", "\\", "\"", "\x00", `null`, -1)
	f.Fuzz(func(t *testing.T, verb, uri, resource, subresource, namespace, name, body string, code int) {
		q := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		record := `{"auditID":"1","stage":"ResponseComplete","requestURI":` + q(uri) + `,"verb":` + q(verb) + `,"user":{"username":` + q(name) + `},"userAgent":` + q(uri) +
			`,"objectRef":{"resource":` + q(resource) + `,"subresource":` + q(subresource) + `,"namespace":` + q(namespace) + `,"name":` + q(name) + `},"responseStatus":{"message":` + q(uri) +
			`,"code":` + fmt.Sprint(int32(code)) + `},"requestObject":` + body + `,"requestReceivedTimestamp":` + q(name) + `,"stageTimestamp":"2026-11-22T11:50:42Z"}`
		var e event.Event
		if new(event.Decoder).Decode([]byte(record), &e) != nil {
			t.Skip()
		}
		n := New(Config{})
		first := string(n.Enrich(&e, nil))
		var d deed
		if err := json.Unmarshal([]byte(first+"}"), &d); err != nil {
			t.Fatalf("%v: %s", err, first)
		}
		if again := string(n.Enrich(&e, nil)); again != first {
			t.Errorf("the second time it is\n%s\nand not\n%s", again, first)
		}
		if len(d.Action) > maxPhrase+len("…") || !utf8.ValidString(d.Action) || strings.ContainsFunc(d.Action, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the phrase is %q", d.Action)
		}
		if !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(d.Action_Code) || len(d.Action_Code) > 200 {
			t.Errorf("the code is %q", d.Action_Code)
		}
	})
}

// networksOf makes networks of lines LABEL PREFIX.
func networksOf(lines ...string) (*networks.Networks, error) {
	labels := map[string][]netip.Prefix{}
	for _, line := range lines {
		label, text, _ := strings.Cut(line, " ")
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		labels[label] = append(labels[label], prefix)
	}
	return networks.New(labels), nil
}
