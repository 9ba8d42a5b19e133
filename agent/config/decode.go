package config

import (
	"fmt"
	"reflect"

	"gopkg.in/yaml.v3"
)

// decode reads a node into a value, whose type says what is allowed there. It goes on after a fault, to find them all.
func (d *document) decode(n *yaml.Node, path string, v reflect.Value) {
	if _, known := d.lines[path]; !known {
		d.lines[path] = n.Line
	}
	if problem := refuse(n); problem != "" {
		d.fail(n, path, problem)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if defaults, ok := v.Addr().Interface().(defaulter); ok {
		defaults.setDefaults()
	}
	if block, ok := v.Addr().Interface().(switchable); ok && n.Kind == yaml.ScalarNode {
		if !block.SetOff(n.Value) {
			d.fail(n, path, "is a single value; it must be a mapping (KEY: VALUE lines, indented), or the word off")
		}
		return
	}
	switch read := readerOf(v); {
	case read != nil:
		d.scalar(n, path, read)
	case v.Kind() == reflect.Struct:
		d.structure(n, path, v)
	case v.Kind() == reflect.Map:
		d.mapping(n, path, v)
	case v.Kind() == reflect.Slice:
		d.sequence(n, path, v)
	default:
		panic(fmt.Sprintf("config: no way to read a %v", v.Type())) // a test reads every field
	}
}

// switchable is a block in whose place one word may stand that turns it off.
type switchable interface{ SetOff(word string) bool }

// fail is a fault of the file itself; what the checks think of a value that is not there then is no news.
func (d *document) fail(n *yaml.Node, path, problem string) {
	d.broken[path] = true
	d.add(n.Line, path, problem)
}

// refuse names what YAML has and this file has not: each is a way to mean something else than what stands there.
func refuse(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "is a YAML alias, which this file can't have; write the value out"
	case n.Style&yaml.TaggedStyle != 0:
		return "has a YAML tag (" + show(n.Tag) + "), which this file can't have; remove it"
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return "has no value; give it one or remove the key"
	}
	return ""
}

func (d *document) structure(n *yaml.Node, path string, v reflect.Value) {
	fields := d.fields(v.Type())
	d.entries(n, path, func(key, value *yaml.Node, at string) {
		if index, ok := fields[key.Value]; ok {
			d.decode(value, at, v.FieldByIndex(index))
			return
		}
		d.unknown(key, path, v.Type())
	})
}

func (d *document) mapping(n *yaml.Node, path string, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	d.entries(n, path, func(key, value *yaml.Node, at string) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.decode(value, at, element)
		v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), element)
	})
}

// entries goes through the keys of a mapping, of which each may stand there once.
func (d *document) entries(n *yaml.Node, path string, visit func(key, value *yaml.Node, at string)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, path, "is "+kindOf(n)+"; it must be a mapping (KEY: VALUE lines, indented)")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if problem := refuseKey(key); problem != "" {
			d.add(key.Line, path, problem)
			continue
		}
		at := join(path, show(key.Value))
		if first, twice := seen[key.Value]; twice {
			d.add(key.Line, at, fmt.Sprintf("is given twice, first in line %d; keep one", first))
			continue
		}
		seen[key.Value], d.lines[at] = key.Line, key.Line
		visit(key, value, at)
	}
}

func refuseKey(key *yaml.Node) string {
	switch {
	case key.Tag == "!!merge":
		return "has a YAML merge key (<<), which this file can't have; write the keys out"
	case key.Kind != yaml.ScalarNode:
		return "has a key that is " + kindOf(key) + "; keys are words"
	case key.Tag == "!!null":
		return "has a value without a key; write KEY: VALUE"
	}
	return ""
}

func (d *document) sequence(n *yaml.Node, path string, v reflect.Value) {
	if _, ok := v.Interface().(interface{ mayBeSingle() }); ok && n.Kind == yaml.ScalarNode {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.decode(n, path, v.Index(0))
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.fail(n, path, "is "+kindOf(n)+"; it must be a list (lines that begin with - or [a, b])")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.decode(item, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
	}
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	return "a single value"
}
