package ecs

import (
	"bytes"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// longestUnmapped is how many bytes of a text auditship.unmapped has at most; what is longer ends in "…".
const longestUnmapped = 8192

// unmapped puts into the enrichment, as "unmapped", what of the record is not to be indexed: a text of JSON, which is stored
// and not looked into. That is
//
//   - members at the top that audit.k8s.io/v1 does not know: of a later version of Kubernetes, or somebody's who writes to the log;
//   - a body that is neither an object nor an array of objects, and so nothing that the index takes;
//   - annotations whose keys can't be told apart without dots.
func (s *Shaper) unmapped(e *event.Event, dst []byte) []byte {
	odd := oddBodies(e)
	if odd == 0 && !s.crowded && inOrder(e) {
		return dst
	}
	s.scratch = s.scratch[:0]
	for m := begin(e.Raw[:e.Close], int(opening(e))); m.next() && len(s.scratch) <= longestUnmapped; {
		f := fieldOf(&m)
		if f == event.NumFields && !bytes.Equal(m.value, null) || odd.Has(f) || f == event.Annotations && s.crowded {
			s.add(&m)
		}
	}
	e.Trimmed |= odd
	if len(s.scratch) == 0 {
		return dst
	}
	start := len(dst)
	dst = append(append(dst, e.Enrichment...), `,"unmapped":`...)
	dst = appendQuoted(dst, clip(append(s.scratch, '}')))
	e.Enrichment = dst[start:len(dst):len(dst)]
	return dst
}

var null = []byte("null")

// add adds a member to the scratch, and not much more of it than is kept.
func (s *Shaper) add(m *members) {
	separator := byte(',')
	if len(s.scratch) == 0 {
		separator = '{'
	}
	s.scratch = append(append(append(s.scratch, separator, '"'), m.key...), '"', ':')
	s.scratch = append(s.scratch, m.value[:min(len(m.value), longestUnmapped+1)]...)
}

func clip(text []byte) []byte {
	if len(text) <= longestUnmapped {
		return text
	}
	end := longestUnmapped
	for end > longestUnmapped-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return append(text[:end], "…"...)
}

// oddBodies are the bodies that are no objects.
func oddBodies(e *event.Event) (odd event.Fields) {
	for _, f := range [...]event.Field{event.RequestObject, event.ResponseObject} {
		value := e.Members[f].Value
		if !value.Present() || e.Raw[value.Start] == '{' || e.Trimmed.Has(f) {
			continue
		}
		objects := e.Raw[value.Start] == '['
		for element := range e.Elements(value) {
			objects = objects && e.Raw[element.Start] == '{'
		}
		if !objects {
			odd |= event.Set(f)
		}
	}
	return odd
}

// inOrder tells, at a glance, that an event has known fields only, as far as that can be seen: one follows the other.
func inOrder(e *event.Event) bool {
	at := opening(e) + 1
	for f := range event.NumFields {
		m := e.Members[f]
		if !m.Value.Present() {
			continue
		}
		if m.Key != at {
			return false
		}
		if at = m.Value.End; e.Raw[at] == ',' {
			at++
		}
	}
	return at == e.Close
}

// opening is where the brace of the record stands.
func opening(e *event.Event) uint32 { return uint32(event.Space(e.Raw, 0)) }

// fieldOf is the field that a member is; NumFields: none.
func fieldOf(m *members) event.Field {
	name := m.key
	if m.escaped {
		name = event.AppendResolved(nil, name) // nobody writes these so
	}
	for f := range event.NumFields {
		if string(name) == f.String() {
			return f
		}
	}
	return event.NumFields
}
