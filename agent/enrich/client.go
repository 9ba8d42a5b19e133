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

// clientOf is the program in a user agent, what stands before the first slash, space or parenthesis, and its version, what
// stands behind that slash.
func clientOf(e *event.Event, agent event.Text) (program, version event.Text) {
	program, rest, found := cut(e, agent, "/ (")
	if !found || program.Len() == 0 || e.Raw[program.End] != '/' {
		return program, version
	}
	version, _, _ = cut(e, rest, "/ (")
	return program, version
}

// appendClient appends with which program the request was made, whether a person sat before it, and as which manager of
// fields it wrote.
func (w *what) appendClient(dst []byte, s *subject) []byte {
	program, version := clientOf(s.Event, s.Text(event.UserAgent))
	s.Client = program
	dst = appendClipped(dst, `,"client":`, s.Event, program, maxClient)
	dst = appendClipped(dst, `,"client_version":`, s.Event, version, maxClient)
	manager := w.managerOf(s)
	if interactive, known := w.isInteractive(s, manager); known && interactive {
		dst = append(dst, `,"interactive":true`...)
	} else if known {
		dst = append(dst, `,"interactive":false`...)
	}
	if len(manager) == 0 {
		return dst
	}
	return w.appendBytes(append(dst, `,"field_manager":`...), manager)
}

// managerOf is the manager of fields that a write names, decoded: kubectl-edit, helm … Its beginning, if it is long.
func (w *what) managerOf(s *subject) []byte {
	w.manager = w.manager[:0]
	if s.verb < creates || s.verb > patches || !s.mayHaveQuery() {
		return nil
	}
	_, rest := query.Split(w.sessions.URI(s.Event))
	pairs := query.Pairs(rest)
	for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
		if query.Is(key, "fieldManager") && len(value) <= 3*maxManager {
			w.manager = query.Append(w.manager, value)
			return w.manager
		}
	}
	return nil
}

func (s *subject) mayHaveQuery() bool {
	return bytes.IndexByte(s.Bytes(s.Text(event.RequestURI).Span), '?') >= 0
}

// people are programs that somebody sits before.
func forPeople(program []byte) bool {
	program = bytes.TrimSuffix(program, []byte(".exe"))
	switch string(program) {
	case "kubectl", "oc", "k9s", "Lens", "OpenLens", "Freelens", "Headlamp", "headlamp", "Aptakube", "octant", "stern", "kubectx", "kubens",
		"Helm", "helm", "Mozilla":
		return true
	}
	return bytes.HasPrefix(program, []byte("kubectl-")) // its plugins
}

// isInteractive tells whether a person sat before the program that made the request, as far as that can be told from the
// caller, the program, the manager of fields and the shape of the request.
func (w *what) isInteractive(s *subject, manager []byte) (interactive, known bool) {
	kind := s.Actor.Kind
	person := kind == event.Human || kind == event.Gateway
	agent := s.Bytes(s.Text(event.UserAgent).Span)
	switch {
	case kind == event.Unauthenticated || kind == event.Anonymous:
		return false, false
	case w.visit != nil && w.visit.TTY && w.visit.Stdin: // a terminal has somebody before it
		return true, true
	case len(agent) == 0:
		return false, false
	case forPeople(s.Bytes(s.Client.Span)), bytes.HasPrefix(manager, []byte("kubectl")):
		return person, person // with a machine's credential it may be a script of that machine, or somebody who took it
	case kind == event.Node || kind == event.ControlPlane || kind == event.Bootstrap:
		return false, true
	case kind == event.ServiceAccount && bytes.Contains(agent, []byte(") kubernetes/")):
		return false, true // a program made with k8s.io/client-go, and none for people
	case bytes.Contains(agent, []byte("/leader-election")) || bytes.Contains(agent, []byte("/system:serviceaccount:")):
		return false, true // what controllers have behind their names
	}
	return false, s.verb == watches && bytes.Contains(s.Bytes(s.Text(event.RequestURI).Span), []byte("allowWatchBookmarks=true")) // an informer
}
