package enrich

import (
	"os"
	"regexp"
	"strings"
	"testing"
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
		{"update", "/x", pod + `,"subresource":"ephemeralcontainers"`, `,"requestObject":{"spec":{"ephemeralContainers":[{"name":"evil"},{"name":"old"}]}}`, "debug pod prod/web | pod-debug | session"},
		{"get", "/x", pod + `,"subresource":"ephemeralcontainers"`, "", "read ephemeralcontainers of pod prod/web | pod-ephemeralcontainers-read | read"},
		{"create", "/x", pod + `,"subresource":"portforward"`, "", "forward ports to pod prod/web | pod-port-forward | session"},
		{"get", "/x", `"resource":"pods","apiGroup":"example.org","namespace":"a","name":"b","subresource":"exec"`, "", "read exec of pod.example.org a/b | example-pod-exec-read | read"},
		// proxies
		{"get", "/api/v1/nodes/cp-1/proxy/pods", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /pods | node-proxy | read"},
		{"create", "/api/v1/nodes/cp-1/proxy/run/a/b/c?cmd=id", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /run/a/b/c | node-proxy-exec | session"},
		{"get", "/api/v1/nodes/cp-1/proxy/exec", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /exec | node-proxy-exec | session"},
		{"get", "/api/v1/nodes/cp-1/proxy//exec/a?command=id", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /exec/a | node-proxy-exec | session"},
		{"get", "/api/v1/nodes/cp-1/proxy/x/../%65xec/a", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /exec/a | node-proxy-exec | session"},
		{"get", "/api/v1/nodes/cp%2D1/proxy/exec", node + `,"subresource":"proxy"`, "", "proxy to node cp-1: /exec | node-proxy-exec | session"},
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
		{"create", "/x", bind, `,"requestObject":{"roleRef":{"kind":"ClusterRole","name":"view to user alice"},"subjects":[{"kind":"User","name":"mallory"}]}`,
			"bind clusterrole 'view to user alice' to user mallory | clusterrolebinding-create | write"},
		{"create", "/x", bind, `,"requestObject":{"roleRef":{"kind":"ClusterRole","name":"system:x"},"subjects":[{"kind":"User","name":"it's Zo\u00eb <z@example.org>"}]}`,
			`bind clusterrole system:x to user 'it'\''s Zoë <z@example.org>' | clusterrolebinding-create | write`},
		{"create", "/x", bind, "", "create clusterrolebinding x | clusterrolebinding-create | write"},
		{"patch", "/x", bind, `,"requestObject":[{"op":"add"}]`, "update clusterrolebinding x | clusterrolebinding-update | write"},
		{"update", "/x", csr, `,"requestObject":{"status":{"conditions":[{"type":"Approved"}]}}`, "approve certificate signing request eve | certificate-approve | auth"},
		{"update", "/x", csr, `,"requestObject":{"status":{"conditions":[{"type":"Denied"}]}}`, "deny certificate signing request eve | certificate-deny | auth"},
		{"update", "/x", csr, "", "decide on certificate signing request eve | certificate-decide | auth"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"unschedulable":true}}`, "cordon node cp-1 | node-cordon | write"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"unschedulable":null}}`, "uncordon node cp-1 | node-uncordon | write"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"unschedulable":true,"taints":[]}}`, "update node cp-1 | node-update | write"},
		{"patch", "/x", node, `,"requestObject":{"metadata":{"labels":{"a":"b"}},"spec":{"unschedulable":false}}`, "update node cp-1 | node-update | write"},
		{"patch", "/x", node, `,"requestObject":{"spec":{"podCIDR":"x"}}`, "update node cp-1 | node-update | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x"}}}}}`, "restart deployment prod/web | deployment-restart | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x"}},"spec":{"hostPID":true}}}}`, "update deployment prod/web | deployment-update | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"replicas":0,"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x"}}}}}`, "update deployment prod/web | deployment-update | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x","inject":"evil"}}}}}`, "update deployment prod/web | deployment-update | write"},
		{"patch", "/x", deal, `,"requestObject":{"spec":{"paused":true},"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"x"}}}}}`, "update deployment prod/web | deployment-update | write"},
		{"create", "/x", `"resource":"subjectaccessreviews","apiGroup":"authorization.k8s.io"`, `,"requestObject":{"spec":{"resourceAttributes":{"verb":"get","resource":"pods","subresource":"exec","namespace":"a"}}}`,
			"check somebody's access: get pods/exec in a | access-review | auth"},
		{"create", "/x", `"resource":"subjectaccessreviews","apiGroup":"authorization.k8s.io"`, `,"requestObject":{"spec":{"resourceAttributes":{"resource":"pods","name":"a in b"}}}`,
			"check somebody's access:  pods 'a in b' | access-review | auth"},
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
