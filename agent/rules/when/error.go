package when

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/cel-go/cel"
)

// Error is all that is wrong with a condition.
type Error struct{ Issues []Issue }

func (e *Error) Error() string {
	var texts []string
	for _, issue := range e.Issues {
		texts = append(texts, issue.String())
	}
	return strings.Join(texts, "; ")
}

// Issue is one thing that is wrong with a condition.
type Issue struct {
	Line, Column int    // in the expression, from 1; 0: the whole of it
	Text         string // what is wrong
	Unknown      string // the word that is not known, if that is what is wrong
}

// String names the line only where there are several.
func (i Issue) String() string {
	switch {
	case i.Line == 0:
		return i.Text
	case i.Line == 1:
		return fmt.Sprintf("column %d: %s", i.Column, i.Text)
	}
	return fmt.Sprintf("line %d of it, column %d: %s", i.Line, i.Column, i.Text)
}

var undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)

func newError(issues *cel.Issues) *Error {
	e := &Error{}
	for _, issue := range issues.Errors() {
		i := Issue{Line: issue.Location.Line(), Column: issue.Location.Column() + 1, Text: strings.TrimSuffix(issue.Message, " (in container '')")}
		if match := undeclared.FindStringSubmatch(issue.Message); match != nil {
			i.Unknown = match[1]
			i.Text = fmt.Sprintf("%q is not known here", i.Unknown)
		}
		if issue.Message == "reserved identifier: namespace" {
			i.Text = "namespace is a reserved word of CEL: write ns"
		}
		e.Issues = append(e.Issues, i)
	}
	return e
}
