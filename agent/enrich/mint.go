package enrich

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
)

// issuedKey is the annotation in which the API server notes the credential ID of a token that it made (k8s.io/kubernetes
// pkg/registry/core/serviceaccount/storage).
const issuedKey = "authentication.kubernetes.io/issued-credential-id"

// Observe must see every event of the log, in its order, also those that are not shipped: it learns from them who had a
// service account's token made. Then it is told; an Enricher that is to go on later at the same place must Remember it.
//
// What kubelets and controllers make for themselves and their pods is left out: there is no person behind it, and there is
// so much of it that it would push out the rest.
func (n *Enricher) Observe(e *event.Event) (mint identity.Mint, made bool) {
	o := &e.Object
	if !e.Equal(o.Subresource, "token") || !e.Equal(o.Resource, "serviceaccounts") || o.APIGroup.Len() > 0 {
		return mint, false
	}
	issued, _ := e.Lookup(e.Members[event.Annotations].Value, issuedKey)
	by, kind := n.principal(e)
	if !issued.Present() || issued.Len() > longestMint || kind == event.Node || kind == event.ControlPlane {
		return mint, false
	}
	credential := e.TextOf(issued)
	if n.mints.By(e.Bytes(credential.Span)) != "" {
		return mint, false // a later stage of the same request; the first word counts
	}
	by, _ = e.Clip(by, longestMint)
	mint = identity.Mint{Credential: e.String(credential), By: e.String(by)}
	n.mints.Add(mint)
	return mint, true
}

// longestMint is how many bytes of a credential ID or a name are kept for later.
const longestMint = 256

// principal is who really acted: the same as appendWho says.
func (n *Enricher) principal(e *event.Event) (event.Text, event.ActorKind) {
	user := e.User.Username
	if e.Impersonated.Username.Len() > 0 && n.gatewayOf(e) != nil {
		user = e.Impersonated.Username
	}
	return user, actorOf(e, user).Kind
}

// Remember takes over what an Enricher has learned before, up to where this one goes on.
func (n *Enricher) Remember(mints []identity.Mint) { n.mints = identity.Restore(mints) }
