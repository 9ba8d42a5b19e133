package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// oracle is what encoding/json says about a record: the same questions that Decode answers, asked slowly.
type oracle struct {
	fields map[Field]json.RawMessage
	known  map[string]map[string]json.RawMessage // the members of the objects that Decode looks into
}

type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// members reads an object with all of its keys, also those that stand twice.
func members(raw []byte) (object, error) {
	o := object{values: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return o, fmt.Errorf("no object: %v %v", t, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return o, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return o, err
		}
		o.keys = append(o.keys, key.(string))
		o.values[key.(string)] = value
	}
	return o, nil
}

func (o object) twice(names []string) bool {
	for _, name := range names {
		if n := count(o.keys, name); n > 1 {
			return true
		}
	}
	return false
}

func count(keys []string, name string) (n int) {
	for _, k := range keys {
		if k == name {
			n++
		}
	}
	return n
}

func typeOf(raw json.RawMessage) byte {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return 0
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return '0'
	}
	return raw[0]
}

func isArrayOfStrings(raw json.RawMessage) bool {
	var elements []json.RawMessage
	return json.Unmarshal(raw, &elements) == nil && !slices.ContainsFunc(elements, func(e json.RawMessage) bool { return typeOf(e) != '"' })
}

// judge is what encoding/json makes of the record: why it must be refused, or its parts.
func judge(record []byte) (oracle, error) {
	o := oracle{fields: map[Field]json.RawMessage{}, known: map[string]map[string]json.RawMessage{}}
	if !json.Valid(record) {
		return o, errors.New(invalidJSON)
	}
	top, err := members(record)
	if err != nil {
		return o, errors.New(notAudit)
	}
	if count(top.keys, "auditship")+count(top.keys, "@timestamp") > 0 {
		return o, errors.New(reservedField)
	}
	if top.twice(fieldNames[:]) {
		return o, errors.New(duplicate)
	}
	for f, name := range fieldNames {
		if raw, ok := top.values[name]; ok && typeOf(raw) != 0 {
			if err := o.check(Field(f), raw); err != nil {
				return o, err
			}
			o.fields[Field(f)] = raw
		}
	}
	return o, o.checkAudit()
}

func (o oracle) checkAudit() error {
	kind, hasKind := o.fields[Kind]
	version, hasVersion := o.fields[APIVersion]
	switch {
	case hasKind && unquote(kind) != "Event", hasVersion && !strings.HasPrefix(unquote(version), "audit.k8s.io/"):
		return errors.New(notAudit)
	case o.fields[AuditID] == nil || o.fields[Stage] == nil:
		return errors.New(notAudit)
	}
	return nil
}

func unquote(raw json.RawMessage) (s string) {
	if err := json.Unmarshal(raw, &s); err != nil {
		panic(err)
	}
	return s
}

// check looks at the type of a field and into the objects that Decode looks into.
func (o oracle) check(f Field, raw json.RawMessage) error {
	switch f {
	case RequestObject, ResponseObject:
		return nil
	case AuthenticationMetadata:
		return must(typeOf(raw) == '{')
	case SourceIPs:
		return must(isArrayOfStrings(raw))
	case User, ImpersonatedUser:
		if err := o.checkObject(f, raw, identityNames[:], checkUserInfo); err != nil {
			return err
		}
		return o.checkExtra(f)
	case ObjectRef:
		return o.checkObject(f, raw, targetNames[:], func(name string, raw json.RawMessage) bool {
			return !slices.Contains(targetNames[:], name) || typeOf(raw) == '"'
		})
	case ResponseStatus:
		return o.checkObject(f, raw, statusNames[:], func(name string, raw json.RawMessage) bool {
			_, err := strconv.ParseInt(string(raw), 10, 32)
			return name != "code" && (name != "reason" || typeOf(raw) == '"') || name == "code" && err == nil
		})
	case Annotations:
		return o.checkObject(f, raw, annotationNames[:], func(_ string, raw json.RawMessage) bool { return typeOf(raw) == '"' })
	}
	return must(typeOf(raw) == '"')
}

func (o oracle) checkExtra(f Field) error {
	extra := o.known[f.String()]["extra"]
	if typeOf(extra) != '{' {
		return nil
	}
	m, err := members(extra)
	if err == nil && m.twice(extraNames[:]) {
		err = errors.New(duplicate)
	}
	return err
}

func must(ok bool) error {
	if !ok {
		return errors.New(wrongType)
	}
	return nil
}

func (o oracle) checkObject(f Field, raw json.RawMessage, names []string, good func(string, json.RawMessage) bool) error {
	m, err := members(raw)
	if err != nil {
		return errors.New(wrongType)
	}
	if m.twice(names) {
		return errors.New(duplicate)
	}
	if err := eachMember(raw, good); err != nil {
		return err
	}
	o.known[f.String()] = m.values
	return nil
}

// eachMember asks good about every member, also those whose key comes again, but for those that are null.
func eachMember(raw json.RawMessage, good func(string, json.RawMessage) bool) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	_, _ = d.Token()
	for d.More() {
		key, _ := d.Token()
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if typeOf(value) != 0 && !good(key.(string), value) {
			return errors.New(wrongType)
		}
	}
	return nil
}

func checkUserInfo(name string, raw json.RawMessage) bool {
	switch name {
	case "username", "uid":
		return typeOf(raw) == '"'
	case "groups":
		return isArrayOfStrings(raw)
	case "extra":
		return typeOf(raw) == '{' && eachMember(raw, func(_ string, v json.RawMessage) bool { return isArrayOfStrings(v) }) == nil
	}
	return true
}
