package conf

import (
	"regexp"
	"strings"
)

// expression understands what stands in #{ } where it is made of environment variables (ENV['X'], ENV.fetch('X', 'd')), strings,
// numbers, true, false, nil, use_default, use_nil, Socket.gethostname, hostname, worker_id, File.join and the operators || and +. Anything else is
// Code, as a whole.
func expression(code string, lookup func(string) (string, bool)) []Part {
	r := ruby{rest: code, lookup: lookup}
	parts, ok := r.either(0)
	if r.space(); !ok || r.rest != "" {
		return []Part{{Kind: Code, Text: strings.TrimSpace(code)}}
	}
	return parts
}

// deepest bounds recursion.
const deepest = 32

// ruby is the rest of an expression.
type ruby struct {
	rest   string
	lookup func(string) (string, bool)
}

func (r *ruby) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

func (r *ruby) word(word string) bool {
	r.space()
	rest, found := strings.CutPrefix(r.rest, word)
	if found {
		r.rest = rest
	}
	return found
}

// either is a || b. Only what may be nil has another side.
func (r *ruby) either(depth int) ([]Part, bool) {
	left, ok := r.sum(depth)
	for ok && r.word("||") {
		var right []Part
		if right, ok = r.sum(depth); ok {
			left = orElse(left, right)
		}
	}
	return left, ok
}

// orElse is left, or right where left is nil: a variable alone may be, and nil itself is.
func orElse(left, right []Part) []Part {
	if len(left) != 1 {
		return left
	}
	switch p := left[0]; {
	case p.Kind == UseNil:
		return right
	case p.Kind == Env && p.Default == nil:
		p.Default = right
		return []Part{p}
	case p.Kind == Env:
		p.Default = orElse(p.Default, right)
		return []Part{p}
	}
	return left
}

func (r *ruby) sum(depth int) (parts []Part, ok bool) {
	for {
		term, ok := r.term(depth + 1)
		if !ok {
			return nil, false
		}
		parts = append(parts, term...)
		if r.space(); strings.HasPrefix(r.rest, "||") || !r.word("+") {
			return parts, true
		}
	}
}

var (
	variable = regexp.MustCompile(`^ENV(?:\[\s*(?:'([A-Za-z_][A-Za-z0-9_]*)'|"([A-Za-z_][A-Za-z0-9_]*)")\s*\]|\.fetch\(\s*(?:'([A-Za-z_][A-Za-z0-9_]*)'|"([A-Za-z_][A-Za-z0-9_]*)")\s*(,|\)))`)
	quoted   = regexp.MustCompile(`^(?:'([^'\\]*)'|"([^"\\#]*)")`)
	number   = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?|true|false)\b`)
	method   = regexp.MustCompile(`^\.(?:to_s|strip|chomp)\b(?:\(\))?`)
)

func (r *ruby) term(depth int) (parts []Part, ok bool) {
	r.space()
	if depth > deepest {
		return nil, false
	}
	switch match := variable.FindStringSubmatch(r.rest); {
	case match != nil:
		parts, ok = r.env(match, depth)
	case r.word("File.join("):
		parts, ok = r.join(depth)
	case r.word("("):
		parts, ok = r.either(depth)
		ok = ok && r.word(")")
	default:
		parts, ok = r.atom()
	}
	for ok && method.MatchString(r.rest) {
		r.rest = r.rest[len(method.FindString(r.rest)):]
	}
	return parts, ok
}

func (r *ruby) env(match []string, depth int) ([]Part, bool) {
	r.rest = r.rest[len(match[0]):]
	p := Part{Kind: Env, Text: match[1] + match[2] + match[3] + match[4]}
	if match[5] != "," {
		return []Part{p}, true
	}
	fallback, ok := r.either(depth)
	p.Default = fallback
	return []Part{p}, ok && r.word(")")
}

func (r *ruby) atom() ([]Part, bool) {
	if match := quoted.FindStringSubmatch(r.rest); match != nil {
		r.rest = r.rest[len(match[0]):]
		return []Part{{Text: match[1] + match[2]}}, true
	}
	if match := number.FindString(r.rest); match != "" {
		r.rest = r.rest[len(match):]
		return []Part{{Text: match}}, true
	}
	for word, p := range map[string]Part{"use_default": {Kind: UseDefault}, "use_nil": {Kind: UseNil}, "nil": {Kind: UseNil},
		"Socket.gethostname": {Kind: Hostname}, "hostname": {Kind: Hostname}, "worker_id": {Text: "0"}} {
		if r.word(word) {
			return []Part{p}, true
		}
	}
	return nil, false
}

// join is File.join, whose parts must be known to have one slash between them.
func (r *ruby) join(depth int) ([]Part, bool) {
	path := ""
	for first := true; ; first = false {
		parts, ok := r.either(depth)
		if !ok {
			return nil, false
		}
		text, _, unset := Value{Parts: parts}.Resolve(r.lookup, "")
		if len(unset) > 0 || has(parts, Hostname) || has(parts, Code) {
			return nil, false
		}
		if first {
			path = text
		} else {
			path = strings.TrimRight(path, "/") + "/" + strings.TrimLeft(text, "/")
		}
		if r.word(")") {
			return []Part{{Text: path}}, true
		}
		if !r.word(",") {
			return nil, false
		}
	}
}
