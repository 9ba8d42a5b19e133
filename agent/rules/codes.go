package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// maxCode is one more than the highest HTTP status code there is.
const maxCode = 600

// codes finds the rules of a block that a response code satisfies.
type codes struct {
	any set
	by  []set // by code; empty if no rule asks
}

func (c *codes) add(rule int, wanted []string) {
	if len(wanted) == 0 {
		c.any.add(rule)
		return
	}
	if c.by == nil {
		c.by = make([]set, maxCode)
	}
	for _, w := range wanted {
		first, last, _ := parseCodes(w) // check has seen it
		for code := first; code <= last; code++ {
			c.by[code].add(rule)
		}
	}
}

func (c *codes) seal() {
	for i := range c.by {
		c.by[i].or(&c.any)
	}
}

func (c *codes) of(code int) *set {
	if uint(code) < uint(len(c.by)) {
		return &c.by[code]
	}
	return &c.any
}

// parseCodes reads "403", "4xx" or "400-499"; both ends belong to a range.
func parseCodes(s string) (first, last int, err error) {
	from, to, isRange := strings.Cut(s, "-")
	switch {
	case isRange:
	case len(s) == 3 && strings.EqualFold(s[1:], "xx"):
		from, to = s[:1]+"00", s[:1]+"99"
	default:
		to = from
	}
	first, ok1 := parseCode(from)
	last, ok2 := parseCode(to)
	if !ok1 || !ok2 || first > last {
		return 0, 0, fmt.Errorf("%q is neither a code from 100 to 599, nor a class such as 4xx, nor a range such as 400-499", s)
	}
	return first, last, nil
}

func parseCode(s string) (int, bool) {
	code, err := strconv.Atoi(s)
	return code, err == nil && len(s) == 3 && code >= 100 && code < maxCode
}
