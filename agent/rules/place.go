package rules

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// line is where a key of the policy stands, 0 if it is not there.
func (p *policyReader) line(key string) int {
	line := 0
	descend(p.top(), key, &line)
	return line
}

// ruleLine is where a key of a rule stands, such as "resources[1].group"; if it is not there, what it would be in.
func (p *policyReader) ruleLine(rule int, key string) int {
	line := 0
	descend(p.top(), "rules["+strconv.Itoa(rule)+"]."+key, &line)
	return line
}

func (p *policyReader) top() *yaml.Node {
	if len(p.root.Content) == 0 {
		return &p.root
	}
	return p.root.Content[0]
}

// step is one part of a path: a key or an index.
var step = regexp.MustCompile(`[^.\[\]]+`)

// descend follows the path as far as it goes and leaves the line of the last thing it found.
func descend(n *yaml.Node, path string, line *int) {
	for _, part := range step.FindAllString(path, -1) {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n = child(n, part); n == nil {
			return
		}
		*line = n.Line
	}
}

func child(n *yaml.Node, part string) *yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(part); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

func (p *policyReader) at(line int, problem string) error {
	if line == 0 {
		return fmt.Errorf("%s: %s", p.path, problem)
	}
	return fmt.Errorf("%s:%d: %s", p.path, line, problem)
}

// note remembers a problem.
func (p *policyReader) note(kind ProblemKind, line int, key, text string) {
	p.problems = append(p.problems, Problem{Path: p.path, Line: line, Kind: kind, Key: key, Text: text})
}

func (p *policyReader) place(kind ProblemKind, e *RuleError) {
	if e.Index == wholeList {
		p.note(kind, p.line(e.Key), e.Key, e.Problem)
		return
	}
	p.note(kind, p.ruleLine(e.Index, e.Key), fmt.Sprintf("rules[%d].%s", e.Index, e.Key), e.Problem)
}

// The texts of yaml.v3, as far as they have something better.
var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)
	yamlUnknown = regexp.MustCompile(`^field (.*) not found in type .*$`)
)

// yamlError puts the file before every line number.
func (p *policyReader) yamlError(err error) error {
	if errors.Is(err, io.EOF) {
		return p.at(0, "is empty")
	}
	texts := []string{err.Error()}
	var types *yaml.TypeError
	if errors.As(err, &types) {
		texts = types.Errors
	}
	var errs []error
	for _, text := range texts {
		parts := yamlLine.FindStringSubmatch(strings.TrimSpace(text))
		where := p.path
		if parts[1] != "" {
			where += ":" + parts[1]
		}
		errs = append(errs, fmt.Errorf("%s: %s", where, yamlUnknown.ReplaceAllString(parts[2], `unknown key "$1"`)))
	}
	return errors.Join(errs...)
}
