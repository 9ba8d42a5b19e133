package ecs

import (
	"bytes"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// most is how many annotations an event is expected to have at most. The API server and its plugins write about ten.
const most = 64

// key is where a key of the annotations stands in what is appended to.
type key struct{ start, end int }

// shapeAnnotations appends the annotations under keys that an index takes: every dot becomes an underscore, as in Elastic's
// integration ("authorization_k8s_io/decision"), and a blank key is one underscore. Where two keys become one, or there are
// more than most, those that come later are left out; all of them then stand in auditship.unmapped.
func (s *Shaper) shapeAnnotations(e *event.Event, dst []byte) []byte {
	value := e.Members[event.Annotations].Value
	if !value.Present() {
		return dst
	}
	start, count := len(dst), 0
	dst = append(dst, '{')
	for m := begin(e.Raw[:e.Close], int(value.Start)); m.next(); {
		before := len(dst)
		if count > 0 {
			dst = append(dst, ',')
		}
		from := len(dst)
		dst = s.appendKey(dst, m.key, m.escaped)
		if count == most || s.has(dst, count, dst[from:]) {
			s.crowded, dst = true, dst[:before]
			continue
		}
		s.keys[count] = key{from, len(dst)}
		count++
		dst = append(append(dst, ':'), m.value...)
	}
	dst = append(dst, '}')
	e.Shape.Annotations = dst[start:len(dst):len(dst)]
	return dst
}

func (s *Shaper) has(dst []byte, count int, key []byte) bool {
	for _, k := range s.keys[:count] {
		if bytes.Equal(dst[k.start:k.end], key) {
			return true
		}
	}
	return false
}

// appendKey appends the key of an annotation, in quotes.
func (s *Shaper) appendKey(dst, content []byte, escaped bool) []byte {
	start := len(dst)
	if escaped || !utf8.Valid(content) {
		s.scratch = event.AppendResolved(s.scratch[:0], content)
		dst = appendQuoted(dst, s.scratch)
	} else {
		dst = append(append(append(dst, '"'), content...), '"')
	}
	written := dst[start+1 : len(dst)-1]
	for i, c := range written {
		if c == '.' {
			written[i] = '_'
		}
	}
	if len(bytes.TrimSpace(written)) == 0 {
		return append(dst[:start], `"_"`...)
	}
	return dst
}

// appendQuoted appends a text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	return append(event.AppendContent(append(dst, '"'), text), '"')
}
