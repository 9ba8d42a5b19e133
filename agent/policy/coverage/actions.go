package coverage

import "github.com/auditship/auditship/agent/policy"

// action is a row: what is asked about.
type action struct {
	id, title string
	targets   []policy.Target
	paths     []string // get
	by        []Caller // nil: all
}

var (
	changing = []string{"create", "update", "patch", "delete", "deletecollection"}
	using    = []string{"get", "create"} // exec and its like: by WebSocket, and by SPDY
)

// core is a resource of the core group that is in a namespace.
func core(resource, subresource string, verbs ...string) policy.Target {
	return policy.Target{Resource: resource, Subresource: subresource, Namespaced: true, Verbs: verbs}
}

func clusterWide(group, resource, subresource string, verbs ...string) policy.Target {
	return policy.Target{Group: group, Resource: resource, Subresource: subresource, Verbs: verbs}
}

const (
	authorization = "rbac.authorization.k8s.io"
	admission     = "admissionregistration.k8s.io"
	certificates  = "certificates.k8s.io"
)

// actions are the rows, in their order.
var actions = []action{
	{id: "exec", title: "exec", targets: []policy.Target{core("pods", "exec", using...)}},
	{id: "attach", title: "attach", targets: []policy.Target{core("pods", "attach", using...)}},
	{id: "port-forward", title: "port-forward", targets: []policy.Target{core("pods", "portforward", using...)}},
	{id: "ephemeral-containers", title: "ephemeral containers (debug)", targets: []policy.Target{core("pods", "ephemeralcontainers", "patch", "update")}},
	{id: "node-proxy", title: "node proxy", targets: []policy.Target{clusterWide("", "nodes", "proxy", using...)}},
	{id: "logs", title: "container logs read", targets: []policy.Target{core("pods", "log", "get")}},
	{id: "secret-read", title: "secrets read", targets: []policy.Target{core("secrets", "", "get")}},
	{id: "secret-list", title: "secrets listed, watched", targets: []policy.Target{core("secrets", "", "list", "watch"), clusterWide("", "secrets", "", "list", "watch")}},
	{id: "secret-write", title: "secrets written", targets: []policy.Target{core("secrets", "", changing...)}},
	{id: "token-make", title: "tokens made", targets: []policy.Target{core("serviceaccounts", "token", "create")}},
	{id: "token-review", title: "tokens reviewed", targets: []policy.Target{clusterWide("authentication.k8s.io", "tokenreviews", "", "create")}},
	{id: "configmap-read", title: "configmaps read, listed", targets: []policy.Target{core("configmaps", "", "get", "list")}},
	{id: "configmap-write", title: "configmaps written", targets: []policy.Target{core("configmaps", "", changing...)}},
	{id: "rbac-write", title: "RBAC written", targets: []policy.Target{clusterWide(authorization, "clusterroles", "", changing...), clusterWide(authorization, "clusterrolebindings", "", changing...),
		{Group: authorization, Resource: "roles", Namespaced: true, Verbs: changing}, {Group: authorization, Resource: "rolebindings", Namespaced: true, Verbs: changing}}},
	{id: "webhook-write", title: "webhooks written", targets: []policy.Target{clusterWide(admission, "mutatingwebhookconfigurations", "", changing...), clusterWide(admission, "validatingwebhookconfigurations", "", changing...)}},
	{id: "csr", title: "certificates asked for", targets: []policy.Target{clusterWide(certificates, "certificatesigningrequests", "", "create")}},
	{id: "csr-approval", title: "certificates approved", targets: []policy.Target{clusterWide(certificates, "certificatesigningrequests", "approval", "update", "patch")}},
	{id: "pod-write", title: "pods written", targets: []policy.Target{core("pods", "", changing...)}},
	{id: "deployment-write", title: "deployments written, scaled", targets: []policy.Target{{Group: "apps", Resource: "deployments", Namespaced: true, Verbs: changing},
		{Group: "apps", Resource: "deployments", Subresource: "scale", Namespaced: true, Verbs: []string{"update", "patch"}}}},
	{id: "namespace-delete", title: "namespaces deleted", targets: []policy.Target{clusterWide("", "namespaces", "", "delete")}},
	{id: "failed-login", title: "failed logins", targets: []policy.Target{core("secrets", "", "list"), core("pods", "", "create")}, paths: []string{"/api"}, by: []Caller{nobody}},
	{id: "anonymous", title: "anonymous requests", targets: []policy.Target{core("secrets", "", "list"), core("pods", "", "create")}, paths: []string{"/api"}, by: []Caller{anonymous}},
}

// requests are those of the action, by nobody yet.
func (a *action) requests() (all []policy.Request) {
	for _, t := range a.targets {
		q := policy.Request{Group: t.Group, Resource: t.Resource, Subresource: t.Subresource, Name: "example"}
		if t.Namespaced {
			q.Namespace = "example"
		}
		if t.Resource == "namespaces" {
			q.Namespace = q.Name
		}
		for _, verb := range t.Verbs {
			r := q
			r.Verb = verb
			if verb == "list" || verb == "watch" || verb == "deletecollection" || verb == "create" && t.Subresource == "" {
				r.Name = ""
			}
			all = append(all, r)
		}
	}
	for _, path := range a.paths {
		all = append(all, policy.Request{Verb: "get", Path: path})
	}
	return all
}
