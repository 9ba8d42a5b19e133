package redact

import (
	"bytes"
	"fmt"
	"math/bits"
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
