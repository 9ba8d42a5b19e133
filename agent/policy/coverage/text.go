package coverage

import (
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/rules"
)

// String is what a policy does with the action, in as few words as it can be: "Metadata"; "Request; node: None".
func (r *Row) String() string {
	first := r.Levels[0].String()
	parts := []string{first}
	for i := range r.Levels[1:] {
		l := &r.Levels[i+1]
		if text := l.String(); text != first {
			parts = append(parts, l.Caller.Kind+": "+text)
		}
	}
	return strings.Join(parts, "; ")
}

// String is one level if all requests get it, else each with its verbs: "Metadata (get), None (list)".
func (l *Levels) String() string {
	var parts []string
	for level := rules.RequestResponse + 1; level > rules.None; level-- {
		for _, when := range []string{"", " at the end", " at the beginning"} {
			var verbs []string
			var all = true
			for i := range l.Requests {
				a := &l.Requests[i]
				if a.Level != (level-1).String() || a.when() != when {
					all = false
				} else if name := a.name(); !slices.Contains(verbs, name) {
					verbs = append(verbs, name)
				}
			}
			text := (level - 1).String() + when
			switch {
			case all:
				return text
			case len(verbs) > 0:
				parts = append(parts, text+" ("+strings.Join(verbs, " ")+")")
			}
		}
	}
	return strings.Join(parts, ", ")
}

func (a *Answer) name() string {
	if a.Path != "" {
		return a.Path
	}
	return a.Verb
}

// when tells which part of a session is logged, if only one is.
func (a *Answer) when() string {
	switch {
	case a.Level == rules.None.String() || !a.Session:
		return ""
	case !early(a):
		return " at the end"
	case !late(a):
		return " at the beginning"
	}
	return ""
}
