package enrich

import "github.com/auditship/auditship/agent/event"

// verb is a verb of the API (k8s.io/apiserver/pkg/endpoints/request RequestInfo), or of HTTP for other URLs.
type verb uint8

const (
	others verb = iota // none of these: the method of HTTP was none that Kubernetes knows
	gets
	lists
	watches
	creates
	updates
	patches
	deletes
	deletesAll
)

// verbs is a set of them.
type verbs uint16

func set(all ...verb) (s verbs) {
	for _, v := range all {
		s |= 1 << v
	}
	return s
}

func (s verbs) has(v verb) bool { return s&(1<<v) != 0 }

// The classes of actions.
const (
	reading  = "read"
	writing  = "write"
	deleting = "delete"
	visiting = "session" // somebody is, or acts, inside a pod
	proving  = "auth"    // logins, credentials, and questions about rights
)

// general is what is said of a verb where nothing more is known: its code (behind the kind), its class, and the phrases for an object, for all
// of a kind, and for a subresource. See appendPhrase for the directives.
var general = [...]struct{ code, class, one, all, sub string }{
	others:     {"-other", "", "request %k%t", "request %K%w", "request %s of %k%t"},
	gets:       {"-read", reading, "read %k%t", "read %K%w", "read %s of %k%t"},
	lists:      {"-list", reading, "read %k%t", "list %K%w", "list %s of %k%t"},
	watches:    {"-watch", reading, "watch %k%t", "watch %K%w", "watch %s of %k%t"},
	creates:    {"-create", writing, "create %k%t", "create %k%t", "create %s of %k%t"},
	updates:    {"-update", writing, "update %k%t", "update %k%t", "update %s of %k%t"},
	patches:    {"-update", writing, "update %k%t", "update %k%t", "update %s of %k%t"},
	deletes:    {"-delete", deleting, "delete %k%t", "delete %k%t", "delete %s of %k%t"},
	deletesAll: {"-delete-collection", deleting, "delete %k%t", "delete all %K%w", "delete %s of %k%t"},
}

// verbOf is the verb of a request for a resource.
func verbOf(e *event.Event) verb {
	t := e.Text(event.Verb)
	if t.Escaped {
		return others
	}
	switch string(e.Bytes(t.Span)) {
	case "get":
		return gets
	case "list":
		return lists
	case "watch":
		return watches
	case "create":
		return creates
	case "update":
		return updates
	case "patch":
		return patches
	case "delete":
		return deletes
	case "deletecollection":
		return deletesAll
	}
	return others
}
