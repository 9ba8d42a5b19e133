package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// reader puts the text of a scalar into the field that it was made for.
type reader func(text string) error

// readerOf is how the text of a single value is read into v; nil if v is no single value.
func readerOf(v reflect.Value) reader {
	switch target := v.Addr().Interface().(type) {
	case *time.Duration:
		return func(text string) error { return readDuration(text, target) }
	case yaml.Unmarshaler:
		return func(text string) error {
			return target.UnmarshalYAML(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text})
		}
	case encoding.TextUnmarshaler:
		return func(text string) error { return target.UnmarshalText([]byte(text)) }
	}
	switch v.Kind() {
	case reflect.String:
		return func(text string) error { v.SetString(text); return nil }
	case reflect.Bool:
		return func(text string) error { return readBool(text, v) }
	case reflect.Int, reflect.Int32, reflect.Int64:
		return func(text string) error { return readInt(text, v) }
	}
	return nil
}

func (d *document) scalar(n *yaml.Node, path string, read reader) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, path, "is "+kindOf(n)+"; it must be a single value")
		return
	}
	expanded, err := d.expand(n.Value)
	if err != nil {
		d.fail(n, path, err.Error())
		return
	}
	if expanded == "" && n.Value != "" {
		return // ${VAR:-}: what is not there leaves the default
	}
	if expanded != n.Value {
		d.texts[path] = text{n.Value, expanded}
	}
	if err := read(expanded); err != nil {
		d.fail(n, path, d.texts[path].mask(err.Error()))
	}
}

// text is a value with variables.
type text struct{ written, expanded string }

// mask puts what stands in the file in place of what the variables hold: that may be a secret in the wrong place.
func (t text) mask(problem string) string {
	if t.expanded == "" {
		return problem
	}
	problem = strings.ReplaceAll(problem, strconv.Quote(t.expanded), strconv.Quote(t.written))
	if len(t.expanded) > 4 && strings.Contains(problem, t.expanded) && !strings.Contains(t.written, t.expanded) {
		return strconv.Quote(t.written) + " expands to something that does not fit here"
	}
	return problem
}

func readDuration(text string, target *time.Duration) error {
	duration, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration; write a number with a unit, such as 200ms, 5s or 1m", text)
	}
	*target = duration
	return nil
}

func readBool(text string, v reflect.Value) error {
	if text != "true" && text != "false" {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	v.SetBool(text == "true")
	return nil
}

func readInt(text string, v reflect.Value) error {
	number, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%q is too large", text)
	}
	if err != nil {
		return fmt.Errorf("%q is no whole number", text)
	}
	v.SetInt(number)
	return nil
}
