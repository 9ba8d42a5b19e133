package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// valueOf is the value of a key in a mapping; nil where there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// with is a copy of a mapping in which the single value of a key has another text. Where there is none, nothing is another.
func with(n *yaml.Node, key string, change func(text string) string) *yaml.Node {
	return replaced(n, key, func(value *yaml.Node) *yaml.Node {
		other := *value
		if value.Kind == yaml.ScalarNode {
			other.Value = change(value.Value)
		}
		return &other
	})
}

// within is with for a key of a mapping inside of the mapping.
func within(n *yaml.Node, outer, key string, change func(text string) string) *yaml.Node {
	return replaced(n, outer, func(value *yaml.Node) *yaml.Node { return with(value, key, change) })
}

func replaced(n *yaml.Node, key string, change func(*yaml.Node) *yaml.Node) *yaml.Node {
	other := *n
	other.Content = slices.Clone(n.Content)
	for i := 0; i+1 < len(other.Content); i += 2 {
		if other.Content[i].Value == key {
			other.Content[i+1] = change(other.Content[i+1])
		}
	}
	return &other
}
