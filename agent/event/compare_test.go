package event

import (
	"encoding/json"
	"fmt"
)

// compare decodes a record and tells where that differs from encoding/json.
func compare(d *Decoder, record []byte) error {
	var e Event
	err := d.Decode(record, &e)
	want, refuse := judge(record)
	if (err == nil) != (refuse == nil) {
		return fmt.Errorf("Decode says %v, encoding/json %v", err, refuse)
	}
	if err != nil {
		if (err.Error() == invalidJSON) && json.Valid(record) {
			return fmt.Errorf("Decode finds invalid JSON in valid JSON: %v", refuse)
		}
		if at := err.(*SyntaxError).Offset; at < 0 || at > len(record) {
			return fmt.Errorf("offset %d outside of the record", at)
		}
		return nil
	}
	return compareEvent(&e, want)
}

func compareEvent(e *Event, want oracle) error {
	for f := range NumFields {
		if got := string(e.Bytes(e.Members[f].Value)); got != string(want.fields[f]) {
			return fmt.Errorf("%s is %q, want %q", f, got, want.fields[f])
		}
		if typeOf(want.fields[f]) == '"' {
			if err := compareText(e, f.String(), e.Text(f), want.fields[f]); err != nil {
				return err
			}
		}
	}
	if err := compareIdentity(e, "user", e.User, want); err != nil {
		return err
	}
	if err := compareIdentity(e, "impersonatedUser", e.Impersonated, want); err != nil {
		return err
	}
	return compareRest(e, want)
}

func compareIdentity(e *Event, field string, id Identity, want oracle) error {
	raw := want.known[field]
	for name, got := range map[string]Span{"groups": id.Groups, "extra": id.Extra} {
		if typeOf(raw[name]) == 0 && !got.Present() {
			continue
		}
		if string(e.Bytes(got)) != string(raw[name]) {
			return fmt.Errorf("%s.%s is %q, want %q", field, name, e.Bytes(got), raw[name])
		}
	}
	if err := compareText(e, field+".username", id.Username, raw["username"]); err != nil {
		return err
	}
	for i, got := range []Text{credentialID: id.Credential, podName: id.Pod} {
		if err := compareText(e, extraNames[i], got, lastOf(raw["extra"], extraNames[i])); err != nil {
			return err
		}
	}
	return compareText(e, field+".uid", id.UID, raw["uid"])
}

// lastOf is the last string of the array that an object of arrays has under a key.
func lastOf(object json.RawMessage, key string) json.RawMessage {
	var arrays map[string][]json.RawMessage
	if _ = json.Unmarshal(object, &arrays); len(arrays[key]) == 0 {
		return nil
	}
	return arrays[key][len(arrays[key])-1]
}

func compareRest(e *Event, want oracle) error {
	o, ref, status := e.Object, want.known["objectRef"], want.known["responseStatus"]
	var code int
	_ = json.Unmarshal(status["code"], &code)
	if code != e.Code {
		return fmt.Errorf("code is %d, want %d", e.Code, code)
	}
	var ips []json.RawMessage
	var last json.RawMessage
	if _ = json.Unmarshal(want.fields[SourceIPs], &ips); len(ips) > 0 {
		last = ips[len(ips)-1]
	}
	for i, t := range []Text{
		o.Resource, o.Namespace, o.Name, o.UID, o.APIGroup, o.APIVersion, o.ResourceVersion, o.Subresource,
	} {
		if err := compareText(e, targetNames[i], t, ref[targetNames[i]]); err != nil {
			return err
		}
	}
	if err := compareText(e, "reason", e.StatusReason, status["reason"]); err != nil {
		return err
	}
	if err := compareText(e, "source IP", e.SourceIP, last); err != nil {
		return err
	}
	return compareText(e, "decision", e.Decision, want.known["annotations"][decisionKey])
}

// compareText compares a text, as it stands and resolved, with a string of encoding/json.
func compareText(e *Event, name string, t Text, raw json.RawMessage) error {
	if typeOf(raw) == 0 {
		if t != (Text{}) {
			return fmt.Errorf("%s is there", name)
		}
		return nil
	}
	if got := string(e.AppendQuoted(nil, t)); got != string(raw) {
		return fmt.Errorf("%s is %q, want %q", name, got, raw)
	}
	want := unquote(raw)
	if got := e.String(t); got != want || !e.Equal(t, want) || !e.HasPrefix(t, want) || e.Equal(t, want+"x") || e.HasPrefix(t, want+"x") {
		return fmt.Errorf("%s means %q, want %q", name, got, want)
	}
	return nil
}
