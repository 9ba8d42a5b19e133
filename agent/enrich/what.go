package enrich

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/session"
)

// what finds out what a request was about. It keeps its memory between events and belongs to one goroutine.
type what struct {
	subject  subject // of this event; kept here, as functions in tables get it
	action   action
	sessions session.Reader
	visit    *session.Session // of this event; nil: none
	detail   []byte           // what a phrase says beyond the target; decoded
	whom     []byte           // whom somebody tried to impersonate; decoded
	manager  []byte           // of fields; decoded
	visible  []byte           // scratch
	networks lookup
	clients  clients
	watch    event.Stopwatch
}

// subject is what an action is on.
type subject struct {
	*event.Event
	verb     verb
	kind     *kind      // nil: no kind of Kubernetes itself
	name     event.Text // also where objectRef has none
	resource bool       // it is on a resource, not on another URL
	query    certainty  // that the URI has one
}

// certainty is what is known of something that is looked for once.
type certainty uint8

const (
	unknown certainty = iota
	absent
	present
)

// append appends the members from action to session.
func (w *what) append(dst []byte, e *event.Event) []byte {
	w.visit = w.sessions.Read(e)
	w.subject = subject{Event: e, name: e.Object.Name, resource: e.Object.Resource.Len() > 0}
	s := &w.subject
	if s.resource {
		s.verb, s.kind = verbOf(e), kindOf(e)
		if s.name.Len() == 0 && s.verb == creates {
			s.name = nameInBody(e)
		}
	}
	if s.resource || e.Has(event.RequestURI) {
		w.actionOf(s, &w.action)
		dst = w.appendAction(dst, s, &w.action)
	}
	if outcome := outcomeOf(s); outcome != "" {
		dst = append(append(append(dst, `,"outcome":"`...), outcome...), '"')
	}
	dst = appendTarget(dst, s)
	dst = w.appendClient(dst, s)
	dst = w.appendHow(dst, e)
	return w.appendSession(dst, e)
}

// nameInBody is the name of what was to be created, where objectRef has none: it was left to the API server (generateName),
// or the request was refused before its body was read.
func nameInBody(e *event.Event) event.Text {
	for _, body := range [...]event.Field{event.ResponseObject, event.RequestObject} {
		if name := e.TextOf(e.Find(e.Members[body].Value, "metadata", "name")); name.Len() > 0 {
			return name
		}
	}
	return event.Text{}
}

// outcomeOf is what became of a request, by the code of its response: what authorization decided says less, since admission,
// validation and conflicts come after it. Empty where there is no response yet.
func outcomeOf(e *subject) string {
	switch {
	case e.Code == 0:
		return ""
	case (e.Code == 401 || e.Code == 403) && !e.answeredBehind():
		return "denied"
	case e.Code >= 400:
		return "failed"
	case e.mayBeDry() && e.DryRun():
		return "dry-run"
	}
	return "allowed"
}

// mayBeDry is false where it is plain to see that the request did not ask to change nothing. With a percent sign anything may be
// written otherwise.
func (s *subject) mayBeDry() bool {
	if s.verb >= deletes {
		return true
	}
	uri := s.Bytes(s.Text(event.RequestURI).Span)
	return s.verb >= creates && s.mayHaveQuery() && (bytes.Contains(uri, []byte("ryRun=")) || bytes.IndexByte(uri, '%') >= 0)
}

// answeredBehind tells whether a refusal is that of a backend behind a proxy: the API server allowed the request, and says no reason.
// Admission, which comes after that, says one.
func (s *subject) answeredBehind() bool {
	return s.Equal(s.Object.Subresource, "proxy") && s.Equal(s.Decision, "allow") && !s.StatusReason.Present()
}

// How many bytes of what others wrote are kept, as they stand in the record. What is longer ends in "…".
const (
	maxName   = 253 // no name of Kubernetes is longer (k8s.io/apimachinery/pkg/util/validation DNS1123SubdomainMaxLength)
	maxPath   = 512
	maxPhrase = 320 // of the whole phrase
)

// appendTarget appends what the request was for: a resource, or else the path of a URL, without its query.
func appendTarget(dst []byte, s *subject) []byte {
	dst = append(dst, `,"target":`...)
	start := len(dst)
	if s.resource {
		dst = appendClipped(dst, `,"group":`, s.Event, s.Object.APIGroup, maxName)
		dst = appendClipped(dst, `,"resource":`, s.Event, s.Object.Resource, maxName)
		dst = appendClipped(dst, `,"subresource":`, s.Event, s.Object.Subresource, maxName)
		dst = appendClipped(dst, `,"namespace":`, s.Event, s.Object.Namespace, maxName)
		dst = appendClipped(dst, `,"name":`, s.Event, s.name, maxName)
	} else {
		dst = appendClipped(dst, `,"path":`, s.Event, pathOf(s.Event), maxPath)
	}
	if len(dst) == start {
		return dst[:start-len(`,"target":`)]
	}
	dst[start] = '{' // in place of the first comma
	return append(dst, '}')
}

// pathOf is the path of a requestURI.
func pathOf(e *event.Event) event.Text {
	path, _, _ := cut(e, e.Text(event.RequestURI), "?")
	return path
}
