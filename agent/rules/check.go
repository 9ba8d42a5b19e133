package rules

import (
	"errors"
	"fmt"
)

// RuleError is one thing that is wrong with a rule.
type RuleError struct {
	List    string // name of the list
	Index   int    // of the rule in the list; -1: the list itself
	Name    string // of the rule, if it has one
	Key     string // "level", "resources[1].group"
	Problem string // what is wrong and what to do
}

// wholeList is the Index of what is wrong with a list and not with one of its rules.
const wholeList = -1

func (e *RuleError) Error() string {
	rule := fmt.Sprintf("%s[%d]", e.List, e.Index)
	if e.Index == wholeList {
		rule = e.List
	}
	if e.Name != "" {
		rule += fmt.Sprintf(" (%s)", e.Name)
	}
	return fmt.Sprintf("%s: %s: %s", rule, e.Key, e.Problem)
}

// checker finds what is wrong with the rules of one list.
type checker struct {
	list    *List
	index   int
	wrong   []*RuleError
	foreign []*RuleError // what only our own lists have
	barren  []*RuleError // what kube-apiserver accepts and what never matches
}

func (c *checker) fail(key, format string, args ...any) {
	c.wrong = append(c.wrong, c.problem(key, format, args...))
}

// neverMatches is an error in our lists and odd in a kind: Policy.
func (c *checker) neverMatches(key, format string, args ...any) {
	c.barren = append(c.barren, c.problem(key, format, args...))
}

func (c *checker) problem(key, format string, args ...any) *RuleError {
	name := ""
	if c.index != wholeList {
		name = c.list.Rules[c.index].Name
	}
	return &RuleError{c.list.Name, c.index, name, key, fmt.Sprintf(format, args...)}
}

func check(lists []List) []*RuleError {
	var all []*RuleError
	for i := range lists {
		c := checkList(&lists[i])
		all = append(all, c.wrong...)
		if !lists[i].Upstream {
			all = append(all, c.barren...)
		}
	}
	return all
}

func join(wrong []*RuleError) error {
	var errs []error
	for _, e := range wrong {
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

func checkList(l *List) *checker {
	c := &checker{list: l, index: wholeList}
	c.checkStages(l.OmitStages)
	first := map[string]int{}
	for i := range l.Rules {
		c.index = i
		name := l.Rules[i].Name
		if other, taken := first[name]; name != "" && taken {
			c.fail("name", "%s[%d] has the same name: give every rule its own", l.Name, other)
		} else {
			first[name] = i
		}
		c.checkRule(&l.Rules[i])
	}
	return c
}
