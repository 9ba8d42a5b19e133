package event

import (
	"slices"

	"github.com/auditship/auditship/agent/event/query"
)

// DryRun tells whether the request asked to change nothing (dryRun=All) and is sure to have been heard. It does not allocate,
// save for long request URIs with escapes.
//
// Where that can't be told it is false, since a change must not pass for none:
//
//   - Of a delete the body (DeleteOptions) counts and the query only where there was no body
//     (k8s.io/apiserver/pkg/endpoints/handlers/delete.go). An event without bodies does not say whether there was one.
//   - Connects (exec, attach, port-forward, proxy) and token requests are carried out whatever the query says.
//   - An aggregated API need not heed the query (KubeVirt's goes by the body alone). Other groups than Kubernetes' own are believed where
//     the event has the body: only what kube-apiserver itself answers, as for custom resources, is recorded with one.
//   - A query that does not parse as one is not heard, in the parts that don't (net/url.ParseQuery).
func (e *Event) DryRun() bool {
	if !e.Has(ObjectRef) || !e.textIn(e.Text(Verb), "create", "update", "patch", "delete", "deletecollection") ||
		e.textIn(e.Object.Subresource, "exec", "attach", "portforward", "proxy", "token") {
		return false
	}
	if e.textIn(e.Text(Verb), "delete", "deletecollection") {
		if body := e.Members[RequestObject].Value; body.Present() {
			return e.dryBody(body)
		}
		return e.dryQuery() && e.sentNoBody() && e.ofOwnGroup() // most have no query: that is seen sooner
	}
	return e.dryQuery() && (e.ofOwnGroup() || e.Has(RequestObject))
}

// ownGroups are the API groups that kube-apiserver serves itself (k8s.io/kubernetes pkg/controlplane/instance.go, and those of
// apiextensions and the aggregator).
var ownGroups = []string{
	"", "apps", "autoscaling", "batch", "extensions", "policy",
	"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
	"certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io",
	"networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
}

func (e *Event) ofOwnGroup() bool { return e.textIn(e.Object.APIGroup, ownGroups...) }

func (e *Event) textIn(t Text, known ...string) bool {
	return slices.ContainsFunc(known, func(s string) bool { return e.Equal(t, s) })
}

// sentNoBody tells whether an event without requestObject shows that there was no body: its level has bodies, its stage is
// behind their reading, and it was not shortened (audit.k8s.io/truncated).
func (e *Event) sentNoBody() bool {
	_, truncated := e.Lookup(e.Members[Annotations].Value, "audit.k8s.io/truncated")
	return !truncated && e.textIn(e.Text(Level), "Request", "RequestResponse") && !e.Equal(e.Text(Stage), "RequestReceived")
}

// dryBody tells whether DeleteOptions have a dryRun that holds All, the only value there is.
func (e *Event) dryBody(options Span) bool {
	values, _ := e.Lookup(options, "dryRun")
	for value := range e.Strings(values) {
		if e.Equal(value, "All") {
			return true
		}
	}
	return false
}

func (e *Event) dryQuery() bool {
	uri := e.Text(RequestURI)
	if !uri.Escaped {
		return query.Has(e.Bytes(uri.Span), "dryRun", "All")
	}
	var buf [1024]byte
	return query.Has(e.AppendText(buf[:0], uri), "dryRun", "All")
}
