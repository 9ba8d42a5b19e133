package ecs

import "github.com/auditship/auditship/agent/event"

// said is what the enrichment says of an event: values as they stand there, as JSON; nil where it says nothing.
type said struct {
	cluster, node, action, code, class, outcome, client, version, interactive, network []byte
	actor                                                                              struct{ kind, namespace, person, email, via, shared []byte }
	target                                                                             struct{ name, namespace []byte }
	session                                                                            struct{ phase, kind, container, argv []byte }
}

// read takes what an "auditship" object says.
func (s *said) read(enrichment []byte) {
	*s = said{}
	for m := begin(enrichment, 0); m.next(); {
		switch string(m.key) {
		case "cluster":
			s.cluster = m.value
		case "node":
			s.node = m.value
		case "actor":
			s.readActor(m.value)
		case "action":
			s.action = m.value
		case "action_code":
			s.code = m.value
		case "class":
			s.class = m.value
		case "outcome":
			s.outcome = m.value
		case "target":
			s.readTarget(m.value)
		case "client":
			s.client = m.value
		case "client_version":
			s.version = m.value
		case "interactive":
			s.interactive = m.value
		case "network":
			s.network = m.value
		case "session":
			s.readSession(m.value)
		}
	}
}

func (s *said) readActor(object []byte) {
	for m := begin(object, 0); m.next(); {
		switch string(m.key) {
		case "kind":
			s.actor.kind = m.value
		case "namespace":
			s.actor.namespace = m.value
		case "person":
			s.actor.person = m.value
		case "email":
			s.actor.email = m.value
		case "via":
			s.actor.via = m.value
		case "shared":
			s.actor.shared = m.value
		}
	}
}

func (s *said) readTarget(object []byte) {
	for m := begin(object, 0); m.next(); {
		switch string(m.key) {
		case "name":
			s.target.name = m.value
		case "namespace":
			s.target.namespace = m.value
		}
	}
}

func (s *said) readSession(object []byte) {
	for m := begin(object, 0); m.next(); {
		switch string(m.key) {
		case "phase":
			s.session.phase = m.value
		case "kind":
			s.session.kind = m.value
		case "container":
			s.session.container = m.value
		case "argv":
			s.session.argv = m.value
		}
	}
}

// members walks through the members of a valid object, which need not be closed.
type members struct {
	in      []byte
	at      int
	key     []byte // its content
	escaped bool   // there is a backslash in it
	value   []byte
}

// begin is before the first member of the object at i.
func begin(in []byte, i int) members { return members{in: in, at: i + 1} }

func (m *members) next() bool {
	for m.at < len(m.in) && m.in[m.at] != '"' {
		if m.in[m.at] == '}' {
			return false
		}
		m.at++ // white space and commas
	}
	if m.at >= len(m.in) {
		return false
	}
	end, escaped := event.StringEnd(m.in, m.at+1)
	m.key, m.escaped = m.in[m.at+1:end], escaped
	i := event.Space(m.in, event.Space(m.in, end+1)+1)
	m.at = valueEnd(m.in, i)
	m.value = m.in[i:m.at]
	return true
}

// valueEnd is the position behind the value at i, which may be the last thing there is.
func valueEnd(in []byte, i int) int {
	if c := in[i]; c == '"' || c == '{' || c == '[' {
		return event.ValueEnd(in, i)
	}
	for ; i < len(in); i++ {
		switch in[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return i
}
