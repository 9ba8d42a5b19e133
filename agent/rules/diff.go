package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Changes are what makes rules differ from others, by the names of the rules.
type Changes struct {
	Added, Removed, Changed []string
	Reordered               bool // the rules that both have stand in another order
}

// Diff tells what has changed from former rules to later ones. A rule without a name is known by what it says, so that one
// which only moves up or down has not changed.
func Diff(former, later *Rules) Changes {
	before, after := former.texts(), later.texts()
	gone, come := without(before, after), without(after, before)
	var c Changes
	for _, t := range come {
		if slices.ContainsFunc(gone, func(g text) bool { return g.name == t.name }) {
			c.Changed = append(c.Changed, t.name)
		} else {
			c.Added = append(c.Added, t.name)
		}
	}
	for _, t := range gone {
		if !slices.Contains(c.Changed, t.name) {
			c.Removed = append(c.Removed, t.name)
		}
	}
	c.Reordered = !slices.EqualFunc(without(before, gone), without(after, come), func(a, b text) bool { return a.says == b.says })
	return c
}

// text is a rule, or what a list says of all its rules.
type text struct{ name, says string }

func (r *Rules) texts() (all []text) {
	for i := range r.source {
		l := &r.source[i]
		all = append(all, text{l.Name + "[no match]", fmt.Sprint(l.Name, l.OmitStages, l.OmitManagedFields, l.NoMatch)})
		for j := range l.Rules {
			says, _ := json.Marshal(&l.Rules[j]) // has no error to give
			all = append(all, text{ruleName(l, j), l.Name + string(says)})
		}
	}
	return all
}

// without is what says something that others do not say as often.
func without(all, others []text) (rest []text) {
	said := map[string]int{}
	for _, t := range others {
		said[t.says]++
	}
	for _, t := range all {
		if said[t.says]--; said[t.says] < 0 {
			rest = append(rest, t)
		}
	}
	return rest
}

// None tells whether nothing has changed.
func (c Changes) None() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 && !c.Reordered }

// Merge adds the changes of other lists; what is in both counts once.
func (c *Changes) Merge(other Changes) {
	union := func(to *[]string, names []string) {
		for _, name := range names {
			if !slices.Contains(*to, name) {
				*to = append(*to, name)
			}
		}
	}
	union(&c.Added, other.Added)
	union(&c.Removed, other.Removed)
	union(&c.Changed, other.Changed)
	c.Reordered = c.Reordered || other.Reordered
}

// shownNames is how many rules are named in a line of the log.
const shownNames = 20

// String is "added: a, b; removed: c; changed: d; in another order".
func (c Changes) String() string {
	var parts []string
	for _, part := range []struct {
		what  string
		names []string
	}{{"added", c.Added}, {"removed", c.Removed}, {"changed", c.Changed}} {
		if more := len(part.names) - shownNames; more > 0 {
			part.names = append(part.names[:shownNames:shownNames], fmt.Sprintf("%d more", more))
		}
		if len(part.names) > 0 {
			parts = append(parts, part.what+": "+strings.Join(part.names, ", "))
		}
	}
	if c.Reordered {
		parts = append(parts, "in another order")
	}
	if len(parts) == 0 {
		return "the same rules"
	}
	return strings.Join(parts, "; ")
}
