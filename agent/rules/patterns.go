package rules

import (
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// patterns is a table of values in which a "*" stands for any beginning or any end.
type patterns struct {
	table
	prefixes, suffixes affixes
}

// affixes are beginnings, or ends, of values.
type affixes struct {
	lengths []int // that occur, each once
	by      map[string]*set
}

func hasWildcard(value string) bool { return strings.Contains(value, "*") }

// add makes a rule ask for one of the values; none is any. With literal a "*" stands for itself.
func (p *patterns) add(rule int, values []string, literal bool) {
	if literal || len(values) == 0 {
		p.table.add(rule, values)
		return
	}
	for _, v := range values {
		switch {
		case strings.HasSuffix(v, "*"):
			p.prefixes.add(rule, strings.TrimSuffix(v, "*"))
		case strings.HasPrefix(v, "*"):
			p.suffixes.add(rule, strings.TrimPrefix(v, "*"))
		default:
			p.table.add(rule, []string{v})
		}
	}
}

func (a *affixes) add(rule int, value string) {
	addTo(&a.by, value, rule)
	if !slices.Contains(a.lengths, len(value)) {
		a.lengths = append(a.lengths, len(value))
	}
}

func (p *patterns) wild() bool { return len(p.prefixes.lengths)+len(p.suffixes.lengths) > 0 }

// narrow keeps the rules that a text satisfies and tells whether any are left. If none of them asks, it need not look.
func (p *patterns) narrow(found *set, e *event.Event, text event.Text) bool {
	if !p.wild() || found.within(&p.any) {
		return p.table.narrow(found, e, text)
	}
	matching := p.any
	p.collect(&matching, e, text)
	return found.and(&matching)
}

// collect adds the rules that a text satisfies.
func (p *patterns) collect(matching *set, e *event.Event, text event.Text) {
	switch {
	case !p.wild():
		matching.or(p.of(e, text))
	case text.Escaped:
		p.collectEscaped(matching, e, text)
	default:
		p.collectBytes(matching, e.Bytes(text.Span))
	}
}

// collectEscaped stands apart for its buffer: the API server cuts user agents, the longest of these texts, at 1,024 bytes.
//
//go:noinline
func (p *patterns) collectEscaped(matching *set, e *event.Event, text event.Text) {
	var buf [1280]byte
	p.collectBytes(matching, e.AppendText(buf[:0], text))
}

func (p *patterns) collectBytes(matching *set, value []byte) {
	matching.or(p.ofBytes(value))
	for _, n := range p.prefixes.lengths {
		if n <= len(value) {
			matching.orAt(p.prefixes.by, value[:n])
		}
	}
	for _, n := range p.suffixes.lengths {
		if n <= len(value) {
			matching.orAt(p.suffixes.by, value[len(value)-n:])
		}
	}
}

// narrowBytes is narrow for a value that is no text of the event.
func (p *patterns) narrowBytes(found *set, value []byte) bool {
	if found.within(&p.any) {
		return true
	}
	matching := p.any
	p.collectBytes(&matching, value)
	return found.and(&matching)
}

func (s *set) orAt(sets map[string]*set, key []byte) {
	if other := sets[string(key)]; other != nil {
		s.or(other)
	}
}

// glob tells whether a text is what a pattern with at most one "*", at its beginning or end, stands for.
func glob(e *event.Event, text event.Text, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return e.HasPrefix(text, prefix)
	}
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return hasSuffix(e, text, suffix)
	}
	return e.Equal(text, pattern)
}

func hasSuffix(e *event.Event, text event.Text, suffix string) bool {
	var buf [512]byte
	value := e.Bytes(text.Span)
	if text.Escaped {
		value = e.AppendText(buf[:0], text)
	}
	return len(value) >= len(suffix) && string(value[len(value)-len(suffix):]) == suffix
}
