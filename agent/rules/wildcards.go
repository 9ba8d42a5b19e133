package rules

import (
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// wildcards narrows down the rules that have a wildcard in a group or resource, before they are looked at one by one: what they ask for
// can't be looked up as a whole, but its groups and the names of its resources can. Each line of their resources is a row.
type wildcards struct {
	none   set // rules without any
	rules  []int
	rows   set
	groups patterns // rows by group
	names  patterns // rows by resource, without what is below it
	many   set      // rules that have more lines than there are rows
}

func (w *wildcards) add(rule int, wanted []GroupResources) {
	for _, line := range wanted {
		row := len(w.rules)
		if row == blockRules {
			w.many.add(rule)
			return
		}
		w.rules = append(w.rules, rule)
		w.rows.add(row)
		w.groups.add(row, []string{line.Group}, false)
		w.names.add(row, namesOf(line.Resources), false)
	}
}

// namesOf are the resources without what is below them; none is any.
func namesOf(resources []string) (names []string) {
	for _, spec := range resources {
		name, _, _ := strings.Cut(spec, "/")
		names = append(names, name)
	}
	return names
}

// narrow keeps the rules that may want the object of an event, and tells whether any are left.
func (w *wildcards) narrow(found *set, e *event.Event) bool {
	rows, matching := w.rows, w.none
	matching.or(&w.many)
	if w.groups.narrow(&rows, e, e.Object.APIGroup) && w.names.narrow(&rows, e, e.Object.Resource) {
		for row := rows.takeFirst(); row >= 0; row = rows.takeFirst() {
			matching.add(w.rules[row])
		}
	}
	return found.and(&matching)
}
