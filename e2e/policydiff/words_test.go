package policydiff

import (
	"math/rand/v2"
	"strings"
)

// dice picks from few words, so that policies and requests meet.
type dice struct{ *rand.Rand }

func (d dice) pick(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

// some are none to three of the words.
func (d dice) some(words ...string) []string {
	var picked []string
	for range max(0, d.IntN(5)-1) {
		picked = append(picked, d.pick(words...))
	}
	return picked
}

var (
	users      = []string{"jane", "Zoë \"M\"", "system:node:n", "system:serviceaccount:prod:web", "a\tb\u2028", "*", "jane*"}
	userGroups = []string{"dev", "system:authenticated", "системы", "*", "dev*"}
	verbs      = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*", "proxy", "post", "GET", "head"}
	groups     = []string{"", "apps", "batch", "rbac.authorization.k8s.io", "*"}
	namespaces = []string{"", "prod", "dev", "pé", "*", "pr*", "a/b"}
	resources  = []string{"pods", "pods/log", "pods/*", "*/status", "*", "nodes", "namespaces", "namespaces/status", "deployments/scale", "*/scale", "*/*", "x/", "/log", "po*",
		"clusterroles", "pods/log/x", "*/log/x", "namespaces/finalize", "services/proxy"}
	names  = []string{"a", "web", "b\\c", "a/b", "", "*", "prod"}
	paths  = []string{"/healthz", "/healthz*", "/readyz/etcd", "*", "/", "/*", "/a b/*", "/a b/ü", "/api", "/apis*", "/api/v1*", "/version", "/a%20b/ü", "/x?y", "//api/v1/pods"}
	stages = []string{"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"}
	levels = []string{"None", "Metadata", "Request", "RequestResponse"}
)

// segment is a part of a path, written with or without percent-encoding.
func (d dice) segment(words ...string) string {
	s := d.pick(words...)
	if d.IntN(4) > 0 {
		return strings.NewReplacer(" ", "%20", "/", "%2F", "\\", "%5C", "é", "%C3%A9", "ü", "%C3%BC").Replace(s)
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 0x80 || c == ' ' || c == '/' || c == '%' || d.one(3) {
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
