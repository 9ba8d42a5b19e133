package event

import "bytes"

// CallerKind is the kind of the caller as far as the user name alone tells, without what a configuration knows of gateways
// and identities: what rules go by. Package enrich says more, from the same names.
func (e *Event) CallerKind() ActorKind {
	user := e.User.Username
	switch {
	case user.Len() == 0:
		return Unauthenticated
	case !e.HasPrefix(user, "system:") || e.Equal(user, "system:admin"):
		return Human
	case e.Equal(user, "system:anonymous"):
		return Anonymous
	}
	var buf [256]byte
	name := e.Bytes(user.Span)
	if user.Escaped {
		name = e.AppendText(buf[:0], user)
	}
	return systemKind(name)
}

// systemKind is the kind of a user whose name begins with system: and who is no person.
func systemKind(name []byte) ActorKind {
	account, isAccount := bytes.CutPrefix(name, []byte("system:serviceaccount:"))
	namespace, rest, split := bytes.Cut(account, []byte(":"))
	node, isNode := bytes.CutPrefix(name, []byte("system:node:"))
	id, joins := bytes.CutPrefix(name, []byte("system:bootstrap:"))
	switch {
	case isAccount && split && len(namespace) > 0 && len(rest) > 0 && bytes.IndexByte(rest, ':') < 0:
		return ServiceAccount
	case isNode && len(node) > 0:
		return Node
	case joins && len(id) > 0:
		return Bootstrap
	}
	return ControlPlane
}
