package conf

import (
	"bytes"
	"encoding/json"
	"strings"
)

// json reads an array or a hash, which may go over several lines, with comments between them.
func (s *scanner) json() (Value, error) {
	var text bytes.Buffer
	start, depth, inside := s.at, 0, false
	for ; !s.end(); s.at++ {
		c := s.text[s.at]
		switch {
		case inside && c == '\\' && s.at+1 < len(s.text):
			text.WriteByte(c)
			s.at++
			c = s.text[s.at]
		case c == '"':
			inside = !inside
		case inside:
		case c == '#':
			s.line()
			s.at--
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		text.WriteByte(c)
		if depth == 0 && !inside {
			s.at++
			break
		}
	}
	var compact bytes.Buffer
	if depth != 0 || json.Compact(&compact, text.Bytes()) != nil {
		s.at = start
		return Value{}, s.fail("what begins here is no JSON")
	}
	v, err := s.interpolate(compact.String())
	v.JSON = true
	return v, err
}

// interpolate resolves the #{ } in the strings of an array or a hash, as fluentd does since 1.8.
func (s *scanner) interpolate(text string) (v Value, err error) {
	inner := scanner{file: s.file, text: text, lookup: s.lookup}
	for !inner.end() {
		if !inner.skip("#{") {
			next := strings.Index(inner.rest()[1:], "#{") + 1
			if next == 0 {
				next = len(inner.rest())
			}
			v.Parts = append(v.Parts, Part{Text: inner.rest()[:next]})
			inner.at += next
			continue
		}
		parts, err := inner.embedded()
		if err != nil {
			return v, s.fail("#{ has no closing brace")
		}
		v.Parts = append(v.Parts, parts...)
	}
	return v, nil
}
