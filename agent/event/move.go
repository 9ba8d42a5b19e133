package event

// Rewrite puts raw in the place of the record, where it differs from that inside of the bodies alone, by so many bytes that were
// added to each: as Decode would find everything there. Positions inside of bodies are not known to an Event. Only what Decode
// sets is moved.
func (e *Event) Rewrite(raw []byte, request, response int) {
	m := move{}
	m[0].from, m[0].by = e.Members[RequestObject].Value.End, uint32(request) // a negative number wraps around, twice
	m[1].from, m[1].by = e.Members[ResponseObject].Value.End, uint32(response)
	e.Raw, e.Marks = raw, Marks{}
	for f := range e.Members {
		m.position(&e.Members[f].Key)
		m.span(&e.Members[f].Value)
	}
	m.position(&e.Close)
	m.identity(&e.User)
	m.identity(&e.Impersonated)
	o := &e.Object
	m.texts(&o.Resource, &o.Namespace, &o.Name, &o.UID, &o.APIGroup, &o.APIVersion, &o.ResourceVersion, &o.Subresource)
	m.texts(&e.SourceIP, &e.StatusReason, &e.Decision)
}

// move adds to what lies at or behind a position.
type move [2]struct{ from, by uint32 }

func (m *move) position(at *uint32) {
	was := *at
	for _, step := range m {
		if was >= step.from && was != 0 {
			*at += step.by
		}
	}
}

func (m *move) span(s *Span) {
	m.position(&s.Start)
	m.position(&s.End)
}

func (m *move) texts(texts ...*Text) {
	for _, t := range texts {
		m.span(&t.Span)
	}
}

func (m *move) identity(id *Identity) {
	m.texts(&id.Username, &id.UID, &id.Credential, &id.Pod)
	m.span(&id.Groups)
	m.span(&id.Extra)
}
