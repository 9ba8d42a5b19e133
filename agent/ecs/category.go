package ecs

import "github.com/auditship/auditship/agent/event"

// category is what event.category and event.type say, in words that the Elastic Common Schema allows (elastic.co/docs,
// "ECS categorization fields"). Every event is of the category api, which allows for "allowed" and "denied" beside the types
// of the others.
type category struct {
	names string // the elements of event.category
	types string // the first elements of event.type
}

// categorize is the category of an event.
func (s *Shaper) categorize(e *event.Event) category {
	c := category{names: `"api"`, types: `"info"`}
	switch string(s.said.class) {
	case `"read"`:
		c.types = `"access"`
	case `"write"`:
		c = category{names: `"api","configuration"`, types: s.writeType(e)}
	case `"delete"`:
		c = category{names: `"api","configuration"`, types: `"deletion"`}
	case `"session"`:
		return s.sessionCategory()
	case `"auth"`:
		c.names = `"api","authentication"`
		if e.Code == 401 {
			c.types = `"start"`
		}
	}
	if c.names == `"api","configuration"` && aboutIdentities(e) {
		c.names = `"api","iam"`
	}
	return c
}

// writeType: an apply or an update that made what did not exist is a creation.
func (s *Shaper) writeType(e *event.Event) string {
	verb := e.Text(event.Verb)
	if e.Code == 201 || e.Equal(verb, "create") || e.Equal(verb, "post") {
		return `"creation"`
	}
	return `"change"`
}

func (s *Shaper) sessionCategory() category {
	c := category{names: `"api","session"`, types: `"info"`}
	switch string(s.said.session.kind) {
	case `"exec"`, `"attach"`, `"debug"`, `"cp"`:
		c.names = `"api","session","process"`
	case `"port-forward"`:
		c.names = `"api","session","network"`
	}
	switch string(s.said.session.phase) {
	case `"start"`:
		c.types = `"start"`
	case `"end"`:
		c.types = `"end"`
	}
	return c
}

// aboutIdentities tells whether a request is for what decides about who may do what.
func aboutIdentities(e *event.Event) bool {
	group, resource := string(e.Bytes(e.Object.APIGroup.Span)), string(e.Bytes(e.Object.Resource.Span))
	switch group {
	case "rbac.authorization.k8s.io":
		return true
	case "certificates.k8s.io":
		return resource == "certificatesigningrequests"
	case "":
		return resource == "serviceaccounts"
	}
	return false
}

// outcomeOf is event.outcome: what the response says, since what authorization decided is not yet what became of a request.
func outcomeOf(e *event.Event) string {
	switch {
	case e.Code >= 400:
		return "failure"
	case e.Code >= 100:
		return "success"
	}
	return "unknown"
}

// permission is what event.type has besides.
func permission(e *event.Event) string {
	switch {
	case e.Code == 401 || e.Code == 403:
		return `,"denied"`
	case e.Code >= 100 && e.Code < 400:
		return `,"allowed"`
	}
	return ""
}

// methods are the HTTP methods by the verbs that stand for them (k8s.io/apiserver/pkg/endpoints/request RequestInfo); those
// of requests for no resource are the methods themselves, in lower case.
var methods = [...]struct{ verb, method string }{
	{"get", "GET"}, {"list", "GET"}, {"watch", "GET"}, {"create", "POST"}, {"update", "PUT"}, {"patch", "PATCH"},
	{"delete", "DELETE"}, {"deletecollection", "DELETE"}, {"post", "POST"}, {"put", "PUT"}, {"head", "HEAD"}, {"options", "OPTIONS"},
}

func methodOf(e *event.Event) string {
	verb := e.Bytes(e.Text(event.Verb).Span)
	for i := range methods {
		if string(verb) == methods[i].verb {
			return methods[i].method
		}
	}
	return ""
}
