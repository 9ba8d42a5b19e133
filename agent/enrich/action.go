package enrich

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// action is what is said of a request.
type action struct {
	code   string // what begins with "-" stands behind the kind
	class  string // empty: not known
	lead   string // the phrase is of three parts, for which see appendPhrase
	phrase string //
	tail   string //
	below  bool   // the code has the subresource between the kind and the rest
}

// actionOf finds the name of an action: a special one, else the general one of its verb.
func (w *what) actionOf(s *subject, a *action) {
	w.plainAction(s, a)
	switch {
	case s.Code == 401 && s.User.Username.Len() == 0:
		a.code, a.class, a.lead = "failed-login", proving, "failed login: "
	case w.refusedImpersonation(s.Event):
		a.code, a.class, a.lead = "impersonate", proving, "impersonate %i to "
	}
}

func (w *what) plainAction(s *subject, a *action) {
	w.detail = w.detail[:0]
	if !s.resource {
		*a = urlAction(s.Event)
		return
	}
	if s.Code == 201 && (s.verb == patches || s.verb == updates) {
		s.verb = creates // an apply, or an update, of what did not exist
	}
	g := &general[s.verb]
	if s.Object.Subresource.Len() > 0 {
		*a = action{code: g.code, class: g.class, phrase: g.sub, below: true}
		w.subAction(s, a)
		return
	}
	*a = action{code: g.code, class: g.class, phrase: g.all}
	if s.name.Len() > 0 {
		a.phrase = g.one
	} else if s.verb == deletesAll && w.selects(s.Event) {
		a.phrase = "delete selected %K%w"
	}
	if s.kind == nil {
		return
	}
	for i := range s.kind.actions {
		if special := &s.kind.actions[i]; special.verbs.has(s.verb) {
			w.specialize(s, a, special)
		}
	}
}

// subAction makes the general action on a subresource a special one, where there is one.
func (w *what) subAction(s *subject, a *action) {
	if s.Object.Subresource.Escaped {
		return
	}
	all := subspecials[string(s.Bytes(s.Object.Subresource.Span))]
	for i := range all {
		special := &all[i]
		mine := special.resource == "" || s.kind != nil && string(s.Bytes(s.Object.Resource.Span)) == special.resource
		if mine && special.verbs.has(s.verb) {
			a.below = false
			w.specialize(s, a, &special.special)
		}
	}
}

// specialize lets a special action take the place of the general one, as far as it says something else.
func (w *what) specialize(s *subject, a *action, special *special) {
	if special.code != "" {
		a.code = special.code
	}
	if special.class != "" {
		a.class = special.class
	}
	if special.phrase != "" {
		a.phrase = special.phrase
	}
	if special.refine != nil {
		special.refine(w, s, a)
	}
}

// urlActions are the codes of reads from URLs that are no resources, by the beginnings of their paths.
var urlActions = [...]struct{ path, code string }{
	{"/apis", "api-discovery"}, {"/api", "api-discovery"}, {"/openapi", "api-discovery"},
	{"/healthz", "health-read"}, {"/livez", "health-read"}, {"/readyz", "health-read"},
	{"/metrics", "metrics-read"}, {"/version", "version-read"},
	{"/.well-known/openid-configuration", "oidc-discovery"}, {"/openid", "oidc-discovery"},
	{"/logs", "server-log-read"}, {"/debug", "server-debug"},
}

// urlAction is the action on a URL that is no resource; its verb is the method in lower case.
func urlAction(e *event.Event) action {
	verb := e.Text(event.Verb)
	switch {
	case e.Equal(verb, "get"), e.Equal(verb, "head"), e.Equal(verb, "options"):
		return action{code: urlCode(e), class: reading, phrase: "read %u"}
	case e.Equal(verb, "post"), e.Equal(verb, "put"), e.Equal(verb, "patch"):
		return action{code: "url-write", class: writing, phrase: "write to %u"}
	case e.Equal(verb, "delete"):
		return action{code: "url-delete", class: deleting, phrase: "delete %u"}
	}
	return action{code: "url-other", phrase: "request %u"}
}

func urlCode(e *event.Event) string {
	path := pathOf(e)
	for i := range urlActions {
		rest, ok := cutPrefix(e, path, urlActions[i].path)
		if ok && (rest.Len() == 0 || e.HasPrefix(rest, "/")) {
			return urlActions[i].code
		}
	}
	return "url-read"
}

// refusedImpersonation tells whether the caller was not allowed to be somebody else. Such an event has neither an
// impersonatedUser nor annotations: the message tells, and up to Kubernetes 1.35 the details name whom.
func (w *what) refusedImpersonation(e *event.Event) bool {
	if e.Code != 403 || e.Decision.Present() || e.User.Username.Len() == 0 {
		return false
	}
	if was := asRead(e); !bytes.Contains(was.Bytes(was.Find(was.Members[event.ResponseStatus].Value, "message")), []byte("cannot impersonate")) {
		return false
	}
	w.whom = append(w.whom[:0], "somebody"...)
	details := e.Find(e.Members[event.ResponseStatus].Value, "details")
	name := e.TextOf(e.Find(details, "name"))
	switch kind := e.TextOf(e.Find(details, "kind")); {
	case name.Len() == 0:
	case e.Equal(kind, "users"), e.Equal(kind, "groups"), e.Equal(kind, "serviceaccounts"):
		w.whom = appendName(w.whom[:0], e, name)
	}
	return true
}

// asRead is the event as it was read. A redacted message does not tell what it is about: who makes a request chooses values that
// are hidden in it. There are few events whose message matters, so that nothing is kept for them.
func asRead(e *event.Event) *event.Event {
	if e.Original == nil {
		return e
	}
	original := &event.Event{}
	if err := new(event.Decoder).Decode(e.Original, original); err != nil {
		return e
	}
	return original
}
