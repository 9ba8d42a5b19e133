package rules

import "github.com/auditship/auditship/agent/event"

// table finds the rules of a block that one part of a request satisfies: those that ask for its value and those that ask
// for nothing.
type table struct {
	any     set             // rules that ask for nothing here
	by      map[string]*set // by value; each holds any too
	longest int             // length of the longest value
}

// add makes a rule ask for one of the values; none is any.
func (t *table) add(rule int, values []string) {
	if len(values) == 0 {
		t.any.add(rule)
		return
	}
	for _, v := range values {
		addTo(&t.by, v, rule)
		t.longest = max(t.longest, len(v))
	}
}

// addTo puts the rule into the set at key, and makes that where it is missing.
func addTo(sets *map[string]*set, key string, rule int) {
	if *sets == nil {
		*sets = map[string]*set{}
	}
	if (*sets)[key] == nil {
		(*sets)[key] = &set{}
	}
	(*sets)[key].add(rule)
}

// seal is called once after the last add.
func (t *table) seal() {
	for _, s := range t.by {
		s.or(&t.any)
	}
}

// narrow keeps the rules that a text satisfies and tells whether any are left. If none of them asks, it need not look.
func (t *table) narrow(found *set, e *event.Event, text event.Text) bool {
	return found.within(&t.any) || found.and(t.of(e, text))
}

// of are the rules that a text satisfies; an absent one is "".
func (t *table) of(e *event.Event, text event.Text) *set {
	if text.Escaped {
		return t.ofEscaped(e, text)
	}
	return t.ofBytes(e.Bytes(text.Span))
}

func (t *table) ofBytes(value []byte) *set {
	if s := t.by[string(value)]; s != nil {
		return s
	}
	return &t.any
}

// ofEscaped stands apart for its buffer. An escape is at most six times as long as what it stands for, so a text too
// long for the buffer is mostly too long for every value as well.
//
//go:noinline
func (t *table) ofEscaped(e *event.Event, text event.Text) *set {
	var buf [512]byte
	if text.Len() > 6*t.longest {
		return &t.any
	}
	return t.ofBytes(e.AppendText(buf[:0], text))
}
