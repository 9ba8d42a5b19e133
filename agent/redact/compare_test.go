package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/auditship/auditship/agent/event"
)

// A document is compared with what redaction made of it as encoding/json reads them: nothing may differ but values that were
// hidden, and metadata.managedFields, which are gone.

var hash32 = regexp.MustCompile(prefix + "[0-9a-f]{32}")

// node is a value, with its members in their order and as often as they are there.
type node struct {
	scalar  any
	bracket json.Delim // of objects and arrays
	keys    []string
	values  []node
}

func parse(text []byte) node {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseNext(d)
}

func parseNext(d *json.Decoder) (n node) {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	var container bool
	if n.bracket, container = token.(json.Delim); !container {
		return node{scalar: token}
	}
	for d.More() {
		if n.bracket == '{' {
			key, _ := d.Token()
			n.keys = append(n.keys, key.(string))
		}
		n.values = append(n.values, parseNext(d))
	}
	d.Token()
	return n
}

func differences(before, after []byte) error {
	if !json.Valid(after) {
		return fmt.Errorf("no JSON: %q", after)
	}
	return compare(parse(before), parse(after))
}

// misplaced compares what Redact says of the record that it has written with what Decode does.
func misplaced(e *event.Event) error {
	var want event.Event
	if err := new(event.Decoder).Decode(e.Raw, &want); err != nil {
		return err
	}
	want.ID, want.Rule, want.Trimmed, want.Original, want.Redacted = e.ID, e.Rule, e.Trimmed, e.Original, e.Redacted
	if !reflect.DeepEqual(*e, want) {
		return fmt.Errorf("got %+v, want %+v", *e, want)
	}
	return nil
}

func compare(before, after node) error {
	text, isText := after.scalar.(string)
	switch {
	case isText && before.bracket != 0:
		return hiddenWhole(text)
	case isText && before.scalar != after.scalar:
		return hiddenIn(fmt.Sprint(before.scalar), text)
	case before.scalar != after.scalar || before.bracket != after.bracket:
		return fmt.Errorf("%v became %v", before, after)
	}
	at := 0
	for i, value := range before.values {
		name := ""
		if before.bracket == '{' {
			name = before.keys[i]
			if at == len(after.keys) || after.keys[at] != name {
				if isDropped(before, name) {
					continue
				}
				return fmt.Errorf("%q is missing in %v", name, after)
			}
		}
		if at == len(after.values) {
			return fmt.Errorf("%v became %v", before, after)
		}
		if err := compare(value, after.values[at]); err != nil {
			return err
		}
		at++
	}
	if at != len(after.values) {
		return fmt.Errorf("%v became %v", before, after)
	}
	return nil
}

// isDropped tells whether a member of an object may be gone.
func isDropped(object node, name string) bool {
	if strings.EqualFold(name, "managedFields") {
		return true
	}
	if !strings.EqualFold(name, "value") {
		return false
	}
	for i, other := range object.keys {
		path, _ := object.values[i].scalar.(string)
		if strings.EqualFold(other, "path") && strings.HasPrefix(strings.ToLower(path), "/metadata/managedfields") {
			return true
		}
	}
	return false
}

func hiddenWhole(text string) error {
	if text != gone && hash32.ReplaceAllString(text, "") != "" {
		return fmt.Errorf("an object became %q", text)
	}
	return nil
}

// hiddenIn wants a text to be another one but for hashes, or a document that is.
func hiddenIn(before, after string) error {
	parts := hash32.Split(after, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	if after == gone || len(parts) > 1 && regexp.MustCompile(`(?s)^`+strings.Join(parts, ".*")+`$`).MatchString(before) {
		return nil
	}
	if json.Valid([]byte(before)) && strings.ContainsAny(before[:1]+after[:1], "{[ \n\t\r") {
		return differences([]byte(before), []byte(after))
	}
	return fmt.Errorf("%q became %q", before, after)
}
