package redact

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// root is a part of an event that rules may look into: none of the others needs to be redacted, or could be without making
// another event of this one.
type root struct {
	name string
	step
	typed bool // texts must stay texts there
}

var (
	requestBody       = newRoot("requestObject", false)
	responseBody      = newRoot("responseObject", false)
	eventAnnotations  = newRoot("annotations", true)
	userExtra         = newRoot("user.extra", true)
	impersonatedExtra = newRoot("impersonatedUser.extra", true)

	roots = []*root{requestBody, responseBody, eventAnnotations, userExtra, impersonatedExtra}
)

func newRoot(name string, typed bool) *root { return &root{name, step{key: []byte(name)}, typed} }

// pathRule is a rule, ready for use.
type pathRule struct {
	*root
	segments []segment
	class    // of what it finds
}

// segment is one part of a path.
type segment struct {
	kind  segmentKind
	key   []byte
	index int
}

type segmentKind uint8

const (
	keySegment segmentKind = iota
	indexSegment
	anySegment      // *: any key or index
	anyIndexSegment // [*]
	deepSegment     // **: any number of keys and indices
)

// mostSegments is how many there may be: sets of them are bits.
const mostSegments = 60

func (s segment) matches(at step) bool {
	switch s.kind {
	case keySegment:
		return at.key != nil && bytes.EqualFold(at.key, s.key)
	case indexSegment:
		return at.key == nil && at.index == s.index
	case anyIndexSegment:
		return at.key == nil
	}
	return true
}

// from is the set of how far a path is known when it is known up to a segment: further, where that may be nothing.
func (r *pathRule) from(at int) (set uint64) {
	set = 1 << at
	for ; at < len(r.segments) && r.segments[at].kind == deepSegment; at++ {
		set |= 1 << (at + 1)
	}
	return set
}

// follow is how far the path is known behind one more step.
func (r *pathRule) follow(set uint64, s step) (next uint64) {
	for ; set != 0; set &= set - 1 {
		at := bits.TrailingZeros64(set)
		switch {
		case at == len(r.segments):
		case r.segments[at].kind == deepSegment:
			next |= r.from(at)
		case r.segments[at].matches(s):
			next |= r.from(at + 1)
		}
	}
	return next
}

// compileRules are rules that Validate has passed.
func compileRules(rules []Rule) (compiled []pathRule, err error) {
	for _, rule := range rules {
		r, err := parsePath(rule.Path)
		if err != nil {
			return nil, fmt.Errorf("redact %q: %w", rule.Path, err)
		}
		if r.class = secret; rule.Action == ActionRemove {
			r.class = removed
		}
		compiled = append(compiled, r)
	}
	return compiled, nil
}

// parsePath reads ROOT.key.*.**[0][*]['a key with. in it'].
func parsePath(path string) (r pathRule, err error) {
	i := slices.IndexFunc(roots, func(known *root) bool {
		rest, ok := strings.CutPrefix(path, known.name)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
	if i < 0 {
		return r, fmt.Errorf("%q does not begin with one of requestObject, responseObject, annotations, user.extra, impersonatedUser.extra", path)
	}
	r.root = roots[i]
	for rest := path[len(r.name):]; rest != ""; {
		var s segment
		if s, rest, err = parseSegment(rest); err != nil {
			return r, fmt.Errorf("%q %w", path, err)
		}
		r.segments = append(r.segments, s)
	}
	if len(r.segments) > mostSegments {
		return r, fmt.Errorf("has more than %d parts; use **", mostSegments)
	}
	if r.typed && len(r.segments) == 0 {
		return r, fmt.Errorf("%q needs to say which: add .* for all", path)
	}
	return r, nil
}

func parseSegment(rest string) (s segment, after string, err error) {
	if rest[0] == '[' {
		return parseBracket(rest)
	}
	key := rest[1:]
	if end := strings.IndexAny(key, ".["); end >= 0 {
		key, after = key[:end], key[end:]
	}
	switch key {
	case "":
		return s, "", errors.New("has a dot without a key behind it")
	case "*":
		return segment{kind: anySegment}, after, nil
	case "**":
		return segment{kind: deepSegment}, after, nil
	}
	if strings.ContainsAny(key, "*'\"]") {
		return s, "", fmt.Errorf("has %q in it; write ['KEY'] for keys that are no plain words, and * or ** alone between dots", key)
	}
	return segment{key: []byte(key)}, after, nil
}

// parseBracket reads [3], [*] or ['key'].
func parseBracket(rest string) (s segment, after string, err error) {
	for _, quote := range []string{"'", `"`} {
		if key, ok := strings.CutPrefix(rest[1:], quote); ok {
			key, after, ok = strings.Cut(key, quote+"]")
			if !ok {
				return s, "", fmt.Errorf("has a [%s without its %s]", quote, quote)
			}
			return segment{key: []byte(key)}, behind(after), nil
		}
	}
	inner, after, ok := strings.Cut(rest[1:], "]")
	if !ok {
		return s, "", errors.New("has a [ without its ]")
	}
	if inner == "*" {
		return segment{kind: anyIndexSegment}, behind(after), nil
	}
	index, err := strconv.ParseUint(inner, 10, 31)
	if err != nil {
		return s, "", fmt.Errorf("has [%s]; write a number, [*], or ['KEY']", inner)
	}
	return segment{kind: indexSegment, index: int(index)}, behind(after), nil
}

// behind makes what follows a bracket begin with a dot or a bracket.
func behind(after string) string {
	if after != "" && after[0] != '.' && after[0] != '[' {
		return "." + after
	}
	return after
}
