package conf

import (
	"fmt"
	"strings"
)

// scanner is one file while it is read. What it accepts follows fluentd's lib/fluent/config: basic_parser.rb for white space and comments,
// literal_parser.rb for values.
type scanner struct {
	file   string
	text   string
	at     int
	lookup func(string) (string, bool)

	counted, lines int // up to where line ends were counted, and how many there are
}

func (s *scanner) place() Place {
	if s.at < s.counted {
		s.counted, s.lines = 0, 0
	}
	s.lines += strings.Count(s.text[s.counted:s.at], "\n")
	s.counted = s.at
	return Place{s.file, 1 + s.lines}
}

func (s *scanner) fail(format string, values ...any) error {
	return &Fault{s.place(), fmt.Sprintf(format, values...)}
}

func (s *scanner) end() bool { return s.at >= len(s.text) }

func (s *scanner) rest() string { return s.text[s.at:] }

func (s *scanner) skip(prefix string) bool {
	found := strings.HasPrefix(s.rest(), prefix)
	if found {
		s.at += len(prefix)
	}
	return found
}

// blanks passes over blanks in the line.
func (s *scanner) blanks() {
	s.at += len(s.rest()) - len(strings.TrimLeft(s.rest(), " \t"))
}

// spacing passes over white space, lines and comments.
func (s *scanner) spacing() {
	for {
		s.at += len(s.rest()) - len(strings.TrimLeft(s.rest(), " \t\r\n"))
		if !strings.HasPrefix(s.rest(), "#") {
			return
		}
		s.line()
	}
}

// line passes over what is left of the line, but not its end.
func (s *scanner) line() string {
	rest := s.rest()
	if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
		rest = rest[:i]
	}
	s.at += len(rest)
	return rest
}

// lineEnds tells whether nothing follows in the line but blanks and a comment.
func (s *scanner) lineEnds() bool {
	rest := strings.TrimLeft(s.rest(), " \t")
	return rest == "" || strings.IndexByte("\r\n#", rest[0]) >= 0
}

// value reads what stands behind a key.
func (s *scanner) value() (Value, error) {
	switch {
	case s.lineEnds() && !strings.HasPrefix(s.rest(), "#{"): // which is text there: fluentd runs nothing outside of quotes
		return Value{}, nil
	case strings.HasPrefix(s.rest(), "["), strings.HasPrefix(s.rest(), "{"):
		return s.json()
	}
	return s.string(func() bool { return s.lineEnds() })
}

// string reads a string, quoted or not; one that is not quoted goes on until the end.
func (s *scanner) string(ends func() bool) (Value, error) {
	switch {
	case s.skip(`"`):
		return s.double()
	case s.skip(`'`):
		return s.single()
	}
	start := s.at
	for {
		for s.skip("#") { // begins a comment behind a blank only
		}
		if s.end() || ends() {
			break
		}
		s.at += max(1, len(s.rest())-len(strings.TrimLeft(s.rest(), " \t"))) // where blanks don't end it, none of them does
	}
	return Text(s.text[start:s.at]), nil
}

func (s *scanner) single() (Value, error) {
	var out strings.Builder
	begin := s.at
	for !s.end() {
		switch {
		case s.skip(`'`):
			return Text(out.String()), nil
		case s.skip(`\'`):
			out.WriteByte('\'')
		case s.skip(`\\`):
			out.WriteByte('\\')
		default:
			out.WriteByte(s.text[s.at])
			s.at++
		}
	}
	s.at = begin
	return Value{}, s.fail("a string in single quotes has no end")
}

// double reads a string in double quotes. A line that ends in a backslash goes on in the next.
func (s *scanner) double() (v Value, err error) {
	var text strings.Builder
	flush := func() {
		v.Parts = append(v.Parts, Part{Text: text.String()})
		text.Reset()
	}
	begin := s.at
	for !s.end() {
		switch {
		case s.skip(`"`):
			flush()
			return v, nil
		case s.skip("\\\r\n"), s.skip("\\\n"):
		case s.skip(`\`):
			c, err := s.escape()
			if err != nil {
				return v, err
			}
			text.WriteString(c)
		case s.skip("#{"):
			parts, err := s.embedded()
			if err != nil {
				return v, err
			}
			flush()
			v.Parts = append(v.Parts, parts...)
		default:
			text.WriteByte(s.text[s.at])
			s.at++
		}
	}
	s.at = begin
	return v, s.fail("a string in double quotes has no end")
}

func (s *scanner) escape() (string, error) {
	if s.end() {
		return "", s.fail("the file ends in a backslash")
	}
	c := s.text[s.at]
	if i := strings.IndexByte("rntfb", c); i >= 0 {
		s.at++
		return "\r\n\t\f\b"[i : i+1], nil
	}
	if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return "", s.fail(`\%c is no escape of fluentd; a backslash is written as \\`, c)
	}
	s.at++
	return string(c), nil
}

// embedded reads Ruby up to the brace that closes it.
func (s *scanner) embedded() ([]Part, error) {
	start, depth, quote := s.at, 1, byte(0)
	for ; !s.end(); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\':
			s.at++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				code := s.text[start:s.at]
				s.at++
				return expression(code, s.lookup), nil
			}
		}
	}
	s.at = start
	return nil, s.fail("#{ has no closing brace")
}
