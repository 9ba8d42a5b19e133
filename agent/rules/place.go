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

// find is the value of a key of the policy, such as "rules[3].resources[1].group"; if it is not there, what it would be in.
func (p *policyReader) find(key string) *yaml.Node { return descend(p.top(), key) }

// line is where a key of the policy stands, 0 if nothing of it is there.
func (p *policyReader) line(key string) int {
	if n := p.find(key); n != nil {
		return n.Line
	}
	return 0
}

func (p *policyReader) top() *yaml.Node {
	if len(p.root.Content) == 0 {
		return &p.root
	}
	return p.root.Content[0]
}

// step is one part of a path: a key or an index.
var step = regexp.MustCompile(`[^.\[\]]+`)

// descend follows the path as far as it goes: to the last thing it found, nil if that is nothing.
func descend(n *yaml.Node, path string) (last *yaml.Node) {
	for _, part := range step.FindAllString(path, -1) {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n = child(n, part); n == nil {
			return last
		}
		last = n
	}
	return last
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

// note remembers a problem; at is where it stands, nil: the whole file.
func (p *policyReader) note(kind ProblemKind, at *yaml.Node, key, text string) {
	problem := Problem{Path: p.path, Kind: kind, Key: key, Text: text}
	if at != nil {
		problem.Line, problem.Column = at.Line, at.Column
	}
	p.problems = append(p.problems, problem)
}

func (p *policyReader) place(kind ProblemKind, e *RuleError) {
	key := e.Key
	if e.Index != wholeList {
		key = fmt.Sprintf("rules[%d].%s", e.Index, e.Key)
	}
	p.note(kind, p.find(key), key, e.Problem)
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
