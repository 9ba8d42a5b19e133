package ecs

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// request appends what the request was as one of HTTP.
func (s *Shaper) request(w *writer, e *event.Event) {
	uri := e.Text(event.RequestURI)
	w.open("url")
	w.text("original", e, uri)
	path, query := uri, event.Text{}
	if at := bytes.IndexByte(e.Bytes(uri.Span), '?'); at >= 0 { // never a part of an escape
		path.End = uri.Start + uint32(at)
		query = event.Text{Span: event.Span{Start: path.End + 1, End: uri.End}}
	}
	w.text("path", e, path)
	w.text("query", e, query)
	w.close()
	w.open("http")
	w.open("request")
	w.word("method", methodOf(e))
	w.close()
	if e.Code > 0 {
		w.open("response")
		w.number("status_code", int64(e.Code))
		w.close()
	}
	w.close()
}

// target appends what the request was for.
func (s *Shaper) target(w *writer, e *event.Event) {
	w.open("orchestrator")
	w.word("type", "kubernetes")
	w.open("cluster")
	w.raw("name", s.said.cluster)
	w.close()
	w.raw("namespace", s.said.target.namespace)
	w.open("resource")
	w.text("type", e, e.Object.Resource)
	w.raw("name", s.said.target.name)
	w.close()
	s.apiVersion(w, e)
	w.close()
	w.open("host")
	w.raw("name", s.said.node)
	w.close()
}

// apiVersion is GROUP/VERSION, or the version alone where the group has no name.
func (s *Shaper) apiVersion(w *writer, e *event.Event) {
	group, version := e.Bytes(e.Object.APIGroup.Span), e.Bytes(e.Object.APIVersion.Span)
	if len(version) == 0 {
		return
	}
	s.scratch = append(append(s.scratch[:0], '"'), group...)
	if len(group) > 0 {
		s.scratch = append(s.scratch, '/')
	}
	s.scratch = append(append(s.scratch, version...), '"')
	w.raw("api_version", s.scratch)
}

// visit appends what was run in which container.
func (s *Shaper) visit(w *writer) {
	w.open("container")
	w.raw("name", s.said.session.container)
	w.close()
	w.open("process")
	w.raw("args", s.said.session.argv)
	w.close()
}
