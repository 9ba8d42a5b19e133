package rules

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// prune removes from the document what kube-apiserver passes over: unknown keys, and of a key that stands twice all but the
// last. It warns of each. What comes in by a merge key (<<) is left alone.
func (p *policyReader) prune() { p.pruneNode(p.top(), reflect.TypeFor[policyFile](), "") }

func (p *policyReader) pruneNode(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, item := range n.Content {
			p.pruneNode(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct && t != reflect.TypeFor[yaml.Node]():
		p.pruneMapping(n, t, path)
	}
}

func (p *policyReader) pruneMapping(n *yaml.Node, t reflect.Type, path string) {
	known, last := yamlFields(t), map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		last[n.Content[i].Value] = i
	}
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		field, ok := known[key.Value]
		switch {
		case key.Tag == "!!merge":
		case key.Kind != yaml.ScalarNode || !ok:
			p.note(UnknownKey, key, at, "unknown key, which kube-apiserver passes over"+meant(key.Value, known))
			continue
		case last[key.Value] != i:
			p.note(KeyTwice, key, at, fmt.Sprintf("stands there again in line %d, which counts", n.Content[last[key.Value]].Line))
			continue
		default:
			p.pruneNode(value, field, at)
		}
		kept = append(kept, key, value)
	}
	n.Content = kept
}

// yamlFields are the types of the fields of a struct, by their keys in YAML.
func yamlFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		fields[f.Tag.Get("yaml")] = f.Type
	}
	return fields
}

// meant asks for the known key that is nearest to an unknown one.
func meant[V any](key string, known map[string]V) string {
	if near := nearest(key, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
