package promtail

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditship/auditship/agent/migrate"
)

// Alloy's language (https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/) as far as configurations have it that follow files: blocks, attributes,
// strings, numbers, arrays, objects, references, and functions and operators as text. Values become nodes of YAML, with their lines, so that what converts promtail's converts these, too.

// block is a component or a block inside one.
type block struct {
	name, label string
	line        int
	attributes  *yaml.Node // a mapping
	blocks      []*block
	stage       *yaml.Node // what it became, if it is one
}

const (
	mostDepth  = 64
	reference  = "!reference" // tag of a node whose value is a reference
	expression = "!expression"
)

type river struct {
	file string
	text string
	at   int
	line int
}

func (r *river) fail(format string, values ...any) error {
	return fmt.Errorf("%s:%d: %s", r.file, r.line, fmt.Sprintf(format, values...))
}

// space passes over white space and comments; with lines, also over line ends.
func (r *river) space(lines bool) {
	for r.at < len(r.text) {
		rest := r.text[r.at:]
		switch c := rest[0]; {
		case c == '\n' && !lines:
			return
		case c == '\n':
			r.line++
			r.at++
		case c == ' ' || c == '\t' || c == '\r':
			r.at++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			r.at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				end = len(rest) - 2
			}
			r.line += strings.Count(rest[:end+2], "\n")
			r.at += end + 2
		default:
			return
		}
	}
}

func (r *river) next(prefix string) bool {
	found := strings.HasPrefix(r.text[r.at:], prefix)
	if found {
		r.at += len(prefix)
	}
	return found
}

// word is an identifier with dots in it.
func (r *river) word() string {
	start := r.at
	for r.at < len(r.text) {
		c := r.text[r.at]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (r.at == start || c != '.' && (c < '0' || c > '9')) {
			break
		}
		r.at++
	}
	return r.text[start:r.at]
}

// body reads blocks and attributes up to the closing brace, or the end of the file.
func (r *river) body(into *block, depth int) error {
	if depth > mostDepth {
		return r.fail("blocks are nested deeper than %d", mostDepth)
	}
	for {
		r.space(true)
		if r.at == len(r.text) {
			if depth > 0 {
				return r.fail("the block %s has no closing brace", into.name)
			}
			return nil
		}
		if depth > 0 && r.next("}") {
			return nil
		}
		line, name := r.line, r.word()
		if name == "" {
			return r.fail("%q is neither a block nor an attribute", r.text[r.at:min(len(r.text), r.at+1)])
		}
		if r.space(false); r.next("=") {
			r.space(true)
			value, err := r.value(0)
			if err != nil {
				return err
			}
			into.attributes.Content = append(into.attributes.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: line}, value)
			continue
		}
		inner := &block{name: name, line: line, attributes: &yaml.Node{Kind: yaml.MappingNode, Line: line}}
		if r.next(`"`) {
			label, err := r.quoted()
			if err != nil {
				return err
			}
			inner.label = label
		}
		if r.space(false); !r.next("{") {
			return r.fail("behind %s stands neither = nor {", name)
		}
		if err := r.body(inner, depth+1); err != nil {
			return err
		}
		into.blocks = append(into.blocks, inner)
	}
}

// quoted is a string behind its opening quote.
func (r *river) quoted() (string, error) {
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case '\n':
			return "", r.fail("a string has no end")
		case '"':
			text, err := strconv.Unquote(r.text[r.at-1 : i+1])
			if err != nil {
				return "", r.fail("a string has an escape that is none")
			}
			r.at = i + 1
			return text, nil
		}
	}
	return "", r.fail("a string has no end")
}

// value reads an expression. One that is more than a value is kept as text.
func (r *river) value(depth int) (*yaml.Node, error) {
	if depth > mostDepth {
		return nil, r.fail("values are nested deeper than %d", mostDepth)
	}
	start, line := r.at, r.line
	n, err := r.single(depth)
	if err != nil {
		return nil, err
	}
	for {
		mark, at := r.at, r.line
		r.space(false)
		operator := ""
		for _, o := range []string{"+", "-", "*", "/", "%", "==", "!=", "&&", "||", "<", ">"} {
			if r.next(o) {
				operator = o
				break
			}
		}
		if operator == "" {
			r.at, r.line = mark, at
			return n, nil
		}
		r.space(true)
		right, err := r.single(depth)
		if err != nil {
			return nil, err
		}
		if operator == "+" && n.Tag == "!!str" && right.Tag == "!!str" {
			n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: n.Value + right.Value, Line: line}
			continue
		}
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: expression, Value: r.text[start:r.at], Line: line}
	}
}

func (r *river) single(depth int) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: r.line}
	start := r.at
	switch {
	case r.next(`"`):
		text, err := r.quoted()
		n.Value = migrate.Quote(text)
		return n, err
	case r.next("`"):
		end := strings.IndexByte(r.text[r.at:], '`')
		if end < 0 {
			return nil, r.fail("a raw string has no end")
		}
		n.Value = migrate.Quote(r.text[r.at : r.at+end])
		r.line += strings.Count(n.Value, "\n")
		r.at += end + 1
		return n, nil
	case r.next("["):
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		return n, r.list("]", depth, func() error {
			item, err := r.value(depth + 1)
			n.Content = append(n.Content, item)
			return err
		})
	case r.next("{"):
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		return n, r.list("}", depth, func() error { return r.pair(n, depth) })
	case r.next("("), r.next("!"), r.next("-"):
		if _, err := r.value(depth + 1); err != nil {
			return nil, err
		}
		if r.text[start] == '(' {
			if r.space(true); !r.next(")") {
				return nil, r.fail("a parenthesis is not closed")
			}
		}
		n.Tag, n.Value = expression, r.text[start:r.at]
		return n, nil
	}
	return r.named(n, start, depth)
}

// named is a reference, a call, a number, or true, false or null.
func (r *river) named(n *yaml.Node, start, depth int) (*yaml.Node, error) {
	if r.word(); r.at == start {
		for r.at < len(r.text) && (r.text[r.at] == '.' || r.text[r.at] == 'e' || r.text[r.at] >= '0' && r.text[r.at] <= '9') {
			r.at++
		}
		if n.Value = r.text[start:r.at]; n.Value == "" {
			return nil, r.fail("a value was expected")
		}
		return n, nil
	}
	n.Value = r.text[start:r.at]
	if n.Value != "true" && n.Value != "false" && n.Value != "null" {
		n.Tag = reference
	}
	for {
		switch {
		case r.next("("):
			var arguments []*yaml.Node
			err := r.list(")", depth, func() error {
				argument, err := r.value(depth + 1)
				arguments = append(arguments, argument)
				return err
			})
			if err != nil {
				return nil, err
			}
			if (n.Value == "sys.env" || n.Value == "env") && len(arguments) == 1 && arguments[0].Tag == "!!str" {
				n.Tag, n.Value = "!!str", "${"+arguments[0].Value+":-}"
				return n, nil
			}
			n.Tag, n.Value = expression, r.text[start:r.at]
		case r.next("["):
			if err := r.list("]", depth, func() error { _, err := r.value(depth + 1); return err }); err != nil {
				return nil, err
			}
			n.Tag, n.Value = expression, r.text[start:r.at]
		default:
			return n, nil
		}
	}
}

// list reads items with commas between them, up to what closes them.
func (r *river) list(closing string, depth int, item func() error) error {
	if depth > mostDepth {
		return r.fail("values are nested deeper than %d", mostDepth)
	}
	for {
		if r.space(true); r.next(closing) {
			return nil
		}
		if err := item(); err != nil {
			return err
		}
		if r.space(true); !r.next(",") && !strings.HasPrefix(r.text[r.at:], closing) {
			return r.fail("a comma or %s was expected", closing)
		}
	}
}

func (r *river) pair(into *yaml.Node, depth int) error {
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: r.line}
	if r.next(`"`) {
		text, err := r.quoted()
		if err != nil {
			return err
		}
		key.Value = text
	} else if key.Value = r.word(); key.Value == "" {
		return r.fail("a key was expected")
	}
	if r.space(true); !r.next("=") {
		return r.fail("behind the key %s stands no =", key.Value)
	}
	r.space(true)
	value, err := r.value(depth + 1)
	into.Content = append(into.Content, key, value)
	return err
}
