package enrich

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

const (
	maxClient  = 128
	maxManager = 128 // no field manager is longer (k8s.io/apimachinery FieldManagerMaxLength)
)

// client is what a user agent says.
type client struct {
	program    int    // bytes of the user agent that name the program
	members    []byte // client and client_version, as they are appended
	forPeople  bool   // somebody sits before it
	controller bool   // it says of itself that it is one
	library    bool   // it is made with k8s.io/client-go
}

// clients remembers what user agents say: most requests come from few programs.
type clients [64]struct {
	client
	agent []byte
}

// longestAgent is how long a user agent may be to be remembered.
const longestAgent = 256

// of is what a user agent says. It is valid until the next call.
func (c *clients) of(e *event.Event, agent event.Text) *client {
	content := e.Bytes(agent.Span)
	if len(content) > longestAgent {
		entry := &c[0]
		entry.agent = entry.agent[:0]
		entry.read(e, agent)
		return &entry.client
	}
	entry := &c[1+agentHash(content)%uint(len(c)-1)]
	if !bytes.Equal(entry.agent, content) {
		entry.agent = append(entry.agent[:0], content...)
		entry.read(e, agent)
	}
	return &entry.client
}

// agentHash is a hash of a few bytes: user agents differ at their ends, and in the numbers of their versions.
func agentHash(b []byte) uint {
	n := len(b)
	hash := uint(n)
	for _, at := range [...]int{1, 3, n / 4, n / 2, n - 9, n - 6, n - 3, n - 1} {
		if uint(at) < uint(n) {
			hash = hash*31 + uint(b[at])
		}
	}
	return hash
}

// read fills in what the user agent says: the program is what stands before the first slash, space or parenthesis, and its
// version what stands behind that slash.
func (c *client) read(e *event.Event, agent event.Text) {
	program, rest, found := cut(e, agent, "/ (")
	var version event.Text
	if found && program.Len() > 0 && e.Raw[program.End] == '/' {
		version, _, _ = cut(e, rest, "/ (")
	}
	c.program = program.Len()
	c.members = appendClipped(c.members[:0], `,"client":`, e, program, maxClient)
	c.members = appendClipped(c.members, `,"client_version":`, e, version, maxClient)
	content := e.Bytes(agent.Span)
	c.forPeople = isForPeople(e.Bytes(program.Span))
	c.controller = bytes.Contains(content, []byte("/leader-election")) || bytes.Contains(content, []byte("/system:serviceaccount:"))
	c.library = bytes.Contains(content, []byte(") kubernetes/"))
}

// isForPeople knows programs that somebody sits before.
func isForPeople(program []byte) bool {
	program = bytes.TrimSuffix(program, []byte(".exe"))
	switch string(program) {
	case "kubectl", "oc", "k9s", "Lens", "OpenLens", "Freelens", "Headlamp", "headlamp", "Aptakube", "octant", "stern", "kubectx", "kubens",
		"Helm", "helm", "Mozilla":
		return true
	}
	return bytes.HasPrefix(program, []byte("kubectl-")) // its plugins
}

// appendClient appends with which program the request was made, whether a person sat before it, and as which manager of
// fields it wrote.
func (w *what) appendClient(dst []byte, s *subject) []byte {
	agent := s.Text(event.UserAgent)
	c := w.clients.of(s.Event, agent)
	s.Client = part(s.Event, agent, 0, c.program)
	dst = append(dst, c.members...)
	manager := w.managerOf(s)
	if interactive, known := w.isInteractive(s, c, manager); known {
		dst = appendBool(append(dst, `,"interactive":`...), interactive)
	}
	if len(manager) == 0 {
		return dst
	}
	return w.appendBytes(append(dst, `,"field_manager":`...), manager)
}

// managerOf is the manager of fields that a write names, decoded: kubectl-edit, helm … None that is too long to be one.
func (w *what) managerOf(s *subject) []byte {
	if s.verb < creates || s.verb > patches || !s.mayHaveQuery() {
		return nil
	}
	manager, plain := plainManager(s.Bytes(s.Text(event.RequestURI).Span))
	if plain {
		return manager
	}
	_, rest := query.Split(w.sessions.URI(s.Event))
	pairs := query.Pairs(rest)
	for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
		if query.Is(key, "fieldManager") && len(value) <= 3*maxManager {
			w.manager = query.Append(w.manager[:0], value)
			return w.manager[:min(len(w.manager), maxManager)]
		}
	}
	return nil
}

// plainManager finds the manager where it stands in the record, if nothing in the query is escaped but the & between its
// pairs, which is mostly so; plain tells whether that is so.
func plainManager(uri []byte) (manager []byte, plain bool) {
	const key, and = "fieldManager=", `\u0026`
	i := bytes.Index(uri, []byte(key))
	if i < 0 {
		return nil, !bytes.Contains(uri, []byte("anager=")) // or a part of the key is escaped
	}
	before, rest := uri[:i], uri[i+len(key):]
	end := bytes.IndexByte(rest, '\\')
	if end < 0 {
		end = len(rest)
	} else if !bytes.HasPrefix(rest[end:], []byte(and)) {
		return nil, false
	}
	manager = rest[:end]
	first := bytes.HasSuffix(before, []byte{'?'}) || bytes.HasSuffix(before, []byte(and))
	return manager, first && len(manager) <= maxManager && !bytes.ContainsAny(manager, "%+&;") && bytes.IndexByte(before, '%') < 0
}

// mayHaveQuery is false where the URI has no question mark.
func (s *subject) mayHaveQuery() bool {
	if s.query == unknown {
		s.query = absent
		if bytes.IndexByte(s.Bytes(s.Text(event.RequestURI).Span), '?') >= 0 {
			s.query = present
		}
	}
	return s.query == present
}

// isInteractive tells whether a person sat before the program that made the request, as far as that can be told from the
// caller, the program, the manager of fields and the shape of the request.
func (w *what) isInteractive(s *subject, c *client, manager []byte) (interactive, known bool) {
	kind := s.Actor.Kind
	person := kind == event.Human || kind == event.Gateway
	switch {
	case kind == event.Unauthenticated || kind == event.Anonymous:
		return false, false
	case w.visit != nil && w.visit.TTY && w.visit.Stdin: // a terminal has somebody before it
		return true, true
	case len(c.members) == 0:
		return false, false
	case c.forPeople, bytes.HasPrefix(manager, []byte("kubectl")):
		return person, person // with a machine's credential it may be a script of that machine, or somebody who took it
	case kind == event.Node || kind == event.ControlPlane || kind == event.Bootstrap, c.controller, kind == event.ServiceAccount && c.library:
		return false, true
	}
	return false, s.verb == watches && bytes.Contains(s.Bytes(s.Text(event.RequestURI).Span), []byte("allowWatchBookmarks=true")) // an informer
}
