package enrich

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/identity"
)

// appendWho appends who acted, whom they became by impersonation, and the reason that they gave for that.
//
// Impersonation hides nobody: the actor is who called. Only a declared gateway is believed that whom it impersonates is who
// really acts; its own account then says nothing that anybody would ask for, and the record has it.
func (n *Enricher) appendWho(dst []byte, e *event.Event) []byte {
	dst, believed := n.appendActor(append(dst, `,"actor":`...), e)
	if e.Impersonated.Username.Len() == 0 {
		return dst
	}
	if !believed {
		dst = appendAccount(append(dst, `,"effective":`...), e, actorOf(e, e.Impersonated.Username))
		dst = append(dst, '}')
	}
	return appendReason(dst, e)
}

// Actor appends the JSON object that Enrich makes of who acted, and sets Actor of the event. Equal actors give equal bytes.
func (n *Enricher) Actor(e *event.Event, dst []byte) []byte {
	dst, _ = n.appendActor(dst, e)
	return dst
}

// appendActor appends who acted; believed tells that this is whom a gateway names.
func (n *Enricher) appendActor(dst []byte, e *event.Event) (_ []byte, believed bool) {
	gateway := n.gatewayOf(e)
	if gateway != nil && e.Impersonated.Username.Len() > 0 {
		return n.appendVouched(dst, e, gateway), true
	}
	return n.appendCaller(dst, e, gateway), false
}

// gatewayOf is the declared gateway that makes the call; nil if it is none.
func (n *Enricher) gatewayOf(e *event.Event) *identity.Gateway {
	gateways := n.people.Gateways()
	for i := range gateways {
		user, prefix := gateways[i].Pattern()
		if e.Equal(e.User.Username, user) && !prefix || prefix && e.HasPrefix(e.User.Username, user) {
			return &gateways[i]
		}
	}
	return nil
}

// appendCaller appends whoever called, as the API server authenticated it.
func (n *Enricher) appendCaller(dst []byte, e *event.Event, gateway *identity.Gateway) []byte {
	e.Actor = actorOf(e, e.User.Username)
	account := e.Actor.Kind == event.ServiceAccount
	evidence := evidenceOf(e, e.Actor.Kind)
	if gateway != nil {
		e.Actor.Kind = event.Gateway
	}
	dst = appendAccount(dst, e, e.Actor)
	dst, evidence = n.appendPerson(dst, e, &e.User, evidence)
	dst = appendText(dst, `,"credential":`, e, e.User.Credential)
	if account {
		dst = appendText(dst, `,"pod":`, e, e.User.Pod)
		if by := n.mints.By(e.Bytes(e.User.Credential.Span)); by != "" {
			dst = append(append(dst, `,"minted_by":`...), by...)
		}
	}
	return appendEvidence(dst, evidence)
}

// appendVouched appends whom a gateway acts for. What the credential and the pod of the call are is the gateway's.
func (n *Enricher) appendVouched(dst []byte, e *event.Event, gateway *identity.Gateway) []byte {
	e.Actor = actorOf(e, e.Impersonated.Username)
	dst = appendAccount(dst, e, e.Actor)
	vouched := event.Identity{Username: e.Impersonated.Username, Groups: e.Impersonated.Groups} // its extra is not the API server's
	dst, evidence := n.appendPerson(dst, e, &vouched, viaGateway)
	dst = appendString(append(dst, `,"via":`...), gateway.Name)
	return appendEvidence(dst, evidence)
}

// appendAccount appends the opening brace and what the name of a user tells.
func appendAccount(dst []byte, e *event.Event, a event.Actor) []byte {
	dst = append(append(dst, `{"kind":"`...), a.Kind.String()...)
	dst = append(dst, '"')
	dst = appendText(dst, `,"name":`, e, a.Name)
	return appendText(dst, `,"namespace":`, e, a.Namespace)
}

func appendEvidence(dst []byte, evidence string) []byte {
	dst = append(append(dst, `,"evidence":"`...), evidence...)
	return append(dst, '"', '}')
}

// longestReason is how many bytes of a declared reason are taken over, as they stand in the record.
const longestReason = 256

// appendReason appends why somebody says that they impersonate: the header Impersonate-Extra-Reason.
func appendReason(dst []byte, e *event.Event) []byte {
	reasons, ok := e.Lookup(e.Impersonated.Extra, "reason")
	if !ok {
		return dst
	}
	for reason := range e.Strings(reasons) {
		reason, _ = e.Clip(reason, longestReason)
		return appendText(dst, `,"reason":`, e, reason)
	}
	return dst
}
