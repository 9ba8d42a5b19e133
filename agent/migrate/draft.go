package migrate

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Block is a mapping of a configuration that is being drafted. Its keys stay in the order in which they were set.
type Block struct{ node *yaml.Node }

// NewBlock makes an empty Block.
func NewBlock() *Block { return &Block{&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}} }

// Set sets a key: a string, a bool, an int, a list of strings, a *Block or a list of these. Strings are values as the
// configuration has them: see Quote. Comments stand above the key.
func (b *Block) Set(key string, value any, comments ...string) *Block {
	k, v := text(key), node(value)
	k.HeadComment = comment(comments)
	for i := 0; i < len(b.node.Content); i += 2 {
		if b.node.Content[i].Value == key {
			b.node.Content[i+1] = v
			return b
		}
	}
	b.node.Content = append(b.node.Content, k, v)
	return b
}

// Head sets the comment above the block.
func (b *Block) Head(comments ...string) *Block {
	b.node.HeadComment = comment(comments)
	return b
}

// comment has each of the lines in one line, whatever stands in it: what other files hold must not become configuration.
func comment(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return '?'
			}
			return r
		}, line)
	}
	return strings.Join(out, "\n")
}

// Has tells whether a key is set.
func (b *Block) Has(key string) bool {
	for i := 0; i < len(b.node.Content); i += 2 {
		if b.node.Content[i].Value == key {
			return true
		}
	}
	return false
}

// Text is a key's value where that is text.
func (b *Block) Text(key string) string {
	for i := 0; i < len(b.node.Content); i += 2 {
		if b.node.Content[i].Value == key {
			return b.node.Content[i+1].Value
		}
	}
	return ""
}

// Empty tells whether none is.
func (b *Block) Empty() bool { return len(b.node.Content) == 0 }

func text(value string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(value)
	return n
}

func node(value any) *yaml.Node {
	switch v := value.(type) {
	case string:
		return text(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(v)}
	case *Block:
		return v.node
	case []string:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, item := range v {
			list.Content = append(list.Content, text(item))
		}
		return list
	case []*Block:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			list.Content = append(list.Content, item.node)
		}
		return list
	}
	panic(fmt.Sprintf("no way to write a %T", value)) // a test writes every kind
}

// YAML is the text of the draft, below comments about the whole. yaml.v3 reads back what it wrote, but for words of the draft that hold
// what YAML can't: they are refused by it.
func (b *Block) YAML(comments ...string) ([]byte, error) {
	var out bytes.Buffer
	for _, line := range comments {
		fmt.Fprintln(&out, strings.TrimRight("# "+comment([]string{line}), " "))
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(b.node); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return out.Bytes(), encoder.Close()
}

// Quote makes text a value of the configuration that means the same: variables are not to be seen in it.
func Quote(literal string) string { return strings.ReplaceAll(literal, "${", "$${") }
