package redact

import (
	"math/bits"
	"slices"
)

// matcher follows rules down a document: for each of them how far its path is known, and that at every depth.
type matcher struct {
	all   []pathRule
	at    *root
	rules []pathRule // of the present root; of annotations those of bodies, too, for JSON patches of a body that are in there
	rows  []uint64   // a set for each rule, for each step; the last are those of where we are
	aside []uint64   // where we would be by a pointer
}

// any tells whether a rule looks into a root.
func (m *matcher) any(at *root) bool {
	return slices.ContainsFunc(m.all, func(r pathRule) bool { return r.root == at })
}

// begin goes to a root.
func (m *matcher) begin(at *root) {
	m.at, m.rules, m.rows = at, m.rules[:0], m.rows[:0]
	for i := range m.all {
		if r := &m.all[i]; r.root == at || at == eventAnnotations && (r.root == requestBody || r.root == responseBody) {
			m.rules = append(m.rules, *r)
		}
	}
	m.rows = append(m.rows, make([]uint64, len(m.rules))...)
	m.again()
}

func (m *matcher) here() []uint64 { return m.rows[len(m.rows)-len(m.rules):] }

// push goes one step down.
func (m *matcher) push(s step) {
	for i, set := range m.here() {
		m.rows = append(m.rows, m.rules[i].follow(set, s))
	}
}

func (m *matcher) pop() { m.rows = m.rows[:len(m.rows)-len(m.rules)] }

// again lets the paths begin here, too: this is the whole object once more.
func (m *matcher) again() {
	for i, set := range m.here() {
		if m.rules[i].root == m.at {
			m.here()[i] = set | m.rules[i].from(0)
		}
	}
}

// found is the class of what is here by the rules, ordinary if none says anything.
func (m *matcher) found() (c class) {
	for i, set := range m.here() {
		if bits.Len64(set) > len(m.rules[i].segments) {
			c = max(c, m.rules[i].class)
		}
	}
	return c
}

// restart goes aside, to the root, to follow a pointer from there.
func (m *matcher) restart() {
	m.aside = m.aside[:0]
	for i := range m.rules {
		m.aside = append(m.aside, m.rules[i].from(0))
	}
	m.swap()
}

// follow goes one step of the pointer.
func (m *matcher) follow(s step) {
	for i, set := range m.here() {
		m.here()[i] = m.rules[i].follow(set, s)
	}
}

// join goes back to where restart was called, which is where the pointer led, too.
func (m *matcher) join() {
	m.swap()
	for i, set := range m.aside {
		m.here()[i] |= set
	}
}

func (m *matcher) swap() {
	for i := range m.aside {
		m.aside[i], m.here()[i] = m.here()[i], m.aside[i]
	}
}
