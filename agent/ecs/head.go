package ecs

import "github.com/auditship/auditship/agent/event"

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
