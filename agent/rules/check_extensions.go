package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/auditship/auditship/agent/rules/when"
)

// checkExtensions checks the keys that are ours alone.
func (c *checker) checkExtensions(r *Rule) {
	c.checkPatterns("userAgents", r.UserAgents)
	for i, code := range r.ResponseCodes {
		if _, _, err := parseCodes(code); err != nil {
			c.fail(fmt.Sprintf("responseCodes[%d]", i), "%v", err)
		}
	}
	for i, network := range r.SourceCIDRs {
		if _, err := parseNetwork(network); err != nil {
			c.fail(fmt.Sprintf("sourceCIDRs[%d]", i), "%v", err)
		}
	}
	for i, kind := range r.Actors {
		if _, known := actorKinds[kind]; !known {
			c.fail(fmt.Sprintf("actors[%d]", i), "%q is no kind of caller: use %s", kind, strings.Join(slices.Sorted(maps.Keys(actorKinds)), ", "))
		}
	}
	c.checkProtect(r)
	c.checkWhen(r.When)
}

func (c *checker) checkProtect(r *Rule) {
	switch {
	case r.Protect == nil:
	case *r.Protect && r.Level == None.String():
		c.fail("protect", "a rule that drops protects nothing: give it the level at which the event is shipped if another list drops it")
	case !*r.Protect && r.Level != None.String() && len(r.OmitStages) == 0:
		c.fail("protect", "false is for a rule that drops what the built-in rules protect, and this one drops nothing: remove it")
	}
}

// checkWhen tells where in the expression what is wrong, and what may be meant.
func (c *checker) checkWhen(expression string) {
	if expression == "" {
		return
	}
	_, err := when.Compile(expression)
	var wrong *when.Error
	switch {
	case errors.As(err, &wrong):
		for _, issue := range wrong.Issues {
			c.fail("when", "%s%s", issue, wordFor(issue.Unknown))
		}
	case err != nil:
		c.fail("when", "%v", err)
	}
}

// wordFor is what may be meant by an unknown word, else what is known.
func wordFor(unknown string) string {
	near := meant(unknown, when.Words)
	if unknown == "" || near != "" {
		return near
	}
	return "; known are the functions of CEL and " + strings.Join(slices.Sorted(maps.Keys(when.Words)), ", ")
}
