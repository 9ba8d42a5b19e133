package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${VAR} and ${VAR:-default} by the environment's values and $${ by ${. As in a shell, :- also stands in
// for an empty variable. What a variable holds is not expanded again.
func (d *document) expand(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String(), nil
		}
		if literal, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(literal + "${")
			text = rest
			continue
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", errors.New("has a ${ without its }; write $${ for a literal ${")
		}
		value, err := d.variable(inner)
		if err != nil {
			return "", err
		}
		out.WriteString(before + value)
		text = after
	}
}

// variable is what stands for ${inner}.
func (d *document) variable(inner string) (string, error) {
	name, fallback, optional := strings.Cut(inner, ":-")
	if !variable.MatchString(name) {
		return "", fmt.Errorf("has %s, which names no variable; write ${NAME} or ${NAME:-default}, or $${ for a literal ${", show("${"+inner+"}"))
	}
	value, set := d.lookup(name)
	if optional && value == "" {
		value, set = fallback, true
	}
	if !set {
		return "", fmt.Errorf("needs the environment variable %s, which is not set; set it, or write ${%s:-DEFAULT}", show(name), show(name))
	}
	if d.expanded += len(value); d.expanded > maxBytes {
		return "", errors.New("makes the variables of this file expand to more than it may hold (1MiB)")
	}
	return value, nil
}
