package ecs

import (
	"bytes"
	"strconv"

	"github.com/auditship/auditship/agent/event"
)

// head appends all that stands before the fields of the record.
func (s *Shaper) head(w *writer, e *event.Event) {
	s.event(w, e)
	w.name("@timestamp")
	t, field := e.Stamp()
	w.dst = e.AppendStamp(w.dst, t, field)
	w.dst = append(w.dst, s.fixed...)
	w.raw("message", s.said.action)
	s.users(w, e)
	s.origin(w, e)
	s.request(w, e)
	s.target(w, e)
	s.visit(w)
	s.related(w, e)
	s.marks(w)
	w.dst = append(w.dst, `,"kubernetes":{"audit":{`...)
}

// event appends the fields of event behind the ID.
func (s *Shaper) event(w *writer, e *event.Event) {
	w.dst = append(w.dst, `,"kind":"event","module":"kubernetes","dataset":"`+Dataset+`","provider":"kube-apiserver"`...)
	c := s.categorize(e)
	w.dst = append(append(append(w.dst, `,"category":[`...), c.names...), `],"type":[`...)
	w.dst = append(append(append(w.dst, c.types...), permission(e)...), ']')
	w.text("action", e, e.Text(event.Verb))
	w.word("outcome", outcomeOf(e))
	w.text("reason", e, e.StatusReason)
	w.time("created", e, event.StageTimestamp)
	w.time("start", e, event.RequestReceivedTimestamp)
	if !e.Equal(e.Text(event.Stage), "RequestReceived") && !e.Equal(e.Text(event.Stage), "ResponseStarted") {
		w.time("end", e, event.StageTimestamp)
		w.duration(e)
	}
	w.dst = append(w.dst, '}')
}

// duration appends the nanoseconds from the arrival of the request to the end.
func (w *writer) duration(e *event.Event) {
	start, ok := e.Time(event.RequestReceivedTimestamp)
	end, also := e.Time(event.StageTimestamp)
	if d := end.Sub(start); ok && also && d >= 0 {
		w.number("duration", d.Nanoseconds())
	}
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

// users appends who was authenticated, and whom they became. A person that a declared gateway vouches for is the latter.
func (s *Shaper) users(w *writer, e *event.Event) {
	vouched := s.said.actor.via != nil
	w.open("user")
	w.user(e, &e.User)
	if !vouched {
		s.person(w)
	}
	w.open("effective")
	w.user(e, &e.Impersonated)
	if vouched {
		s.person(w)
	}
	w.close()
	w.close()
}

func (w *writer) user(e *event.Event, u *event.Identity) {
	w.text("name", e, u.Username)
	w.text("id", e, u.UID)
	if groups := e.Bytes(u.Groups); len(groups) > len("[]") && fit(groups) {
		w.open("group")
		w.raw("name", groups)
		w.close()
	}
}

func (s *Shaper) person(w *writer) {
	w.raw("full_name", s.said.actor.person)
	w.raw("email", s.said.actor.email)
	w.raw("domain", s.said.actor.namespace)
}

// origin appends where the request came from. Of several addresses the last one is the peer's, which alone nobody can make up.
func (s *Shaper) origin(w *writer, e *event.Event) {
	if s.addresses.valid(e, e.SourceIP) {
		w.open("source")
		w.text("ip", e, e.SourceIP)
		w.close()
		w.open("client")
		w.text("ip", e, e.SourceIP)
		w.close()
	}
	w.open("user_agent")
	w.text("original", e, e.Text(event.UserAgent))
	w.raw("name", s.said.client)
	w.raw("version", s.said.version)
	w.close()
}

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
