package session

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

// How much is kept of what the caller wrote, decoded.
const (
	maxArgs      = 64   // parts of a command
	maxArgv      = 2048 // bytes of all of them
	maxContainer = 253  // bytes; longer is no name of a container
)

// Reader reads sessions out of events. It keeps its memory between calls, belongs to one goroutine, and allocates only
// while that grows. The zero Reader is ready for use.
type Reader struct {
	session Session
	texts   texts
	argv    [maxArgs][]byte // what Argv is a part of
	argvLen int             // bytes of all of it
	uri     []byte          // scratch
}

// Read is what the event says of its session; nil where it belongs to none. It is valid until the next call.
func (r *Reader) Read(e *event.Event) *Session {
	kind := kindOf(e)
	if kind == None {
		return nil
	}
	r.session, r.argvLen = Session{Kind: kind, Argv: r.argv[:0]}, 0
	r.texts.reset()
	if kind == Debug {
		r.readBody(e)
	} else {
		r.readQuery(e)
	}
	r.session.classify(e)
	return &r.session
}

// kindOf goes by the subresource, never by the verb: over WebSocket the verb is get, over SPDY create.
func kindOf(e *event.Event) Kind {
	sub := e.Object.Subresource
	if sub.Len() == 0 || e.Object.APIGroup.Len() > 0 || !e.Equal(e.Object.Resource, "pods") {
		return None
	}
	switch {
	case e.Equal(sub, "exec"):
		return Exec
	case e.Equal(sub, "attach"):
		return Attach
	case e.Equal(sub, "portforward"):
		return PortForward
	case e.Equal(sub, "ephemeralcontainers") && !e.Equal(e.Text(event.Verb), "get"):
		return Debug
	}
	return None
}

// readQuery reads PodExecOptions and PodAttachOptions (k8s.io/api/core/v1), which are nowhere but in the URI: what a connect
// asks for is in no body, at any level.
func (r *Reader) readQuery(e *event.Event) {
	s, seen := &r.session, struct{ container, tty, stdin bool }{} // of several the first counts
	s.Streams = s.Kind != PortForward
	_, rest := query.Split(r.URI(e))
	pairs := query.Pairs(rest)
	for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
		switch {
		case s.Kind == Exec && query.Is(key, "command"):
			r.addArg(r.texts.decode(value, maxArgv-r.argvLen))
		case !seen.container && query.Is(key, "container"):
			s.Container, _ = r.texts.decode(value, maxContainer)
			seen.container = true
		case !seen.tty && query.Is(key, "tty"):
			s.TTY, seen.tty = isTrue(value), true
		case !seen.stdin && query.Is(key, "stdin"):
			s.Stdin, seen.stdin = isTrue(value), true
		}
	}
}

// isTrue is Convert_Slice_string_To_bool of k8s.io/apimachinery/pkg/runtime.
func isTrue(value []byte) bool {
	return !query.Is(value, "0") && !bytes.EqualFold(value, []byte("false"))
}

// URI is the requestURI with the escapes of JSON resolved (& is written as \u0026). It is valid until the next call of any method.
func (r *Reader) URI(e *event.Event) []byte {
	const large = 64 << 10 // memory for longer ones is not kept
	uri := e.Text(event.RequestURI)
	if !uri.Escaped {
		return e.Bytes(uri.Span)
	}
	plain := e.AppendText(r.uri[:0], uri)
	if r.uri = plain; cap(plain) > large {
		r.uri = nil
	}
	return plain
}

// addArg adds a part of the command; whole tells whether it is all of that part.
func (r *Reader) addArg(arg []byte, whole bool) {
	s := &r.session
	if len(s.Argv) == maxArgs || len(arg) == 0 && !whole {
		s.Clipped = true
		return
	}
	s.Argv = append(s.Argv, arg)
	s.Clipped = s.Clipped || !whole
	r.argvLen += len(arg)
}

// readBody reads the container that a debug adds: the one of spec.ephemeralContainers, in the strategic merge patch of kubectl or in
// a whole pod. Where there are several nobody can tell which are new: the API server goes by names, and a new one may stand
// before the old. Of those, of a JSON patch, and without a body, only the pod is known.
func (r *Reader) readBody(e *event.Event) {
	var container event.Span
	count := 0
	for container = range e.Elements(e.Find(e.Members[event.RequestObject].Value, "spec", "ephemeralContainers")) {
		count++
	}
	if count != 1 {
		return
	}
	s := &r.session
	s.Streams = true
	s.Container, _ = r.texts.copy(e, e.TextOf(e.Find(container, "name")), maxContainer)
	s.TTY = string(e.Bytes(e.Find(container, "tty"))) == "true"
	s.Stdin = string(e.Bytes(e.Find(container, "stdin"))) == "true"
	for _, key := range [...]string{"command", "args"} {
		for arg := range e.Strings(e.Find(container, key)) {
			r.addArg(r.texts.copy(e, arg, maxArgv-r.argvLen))
		}
	}
}
