package elasticsearch

import (
	"bytes"
	"encoding/hex"
	"encoding/json"

	"github.com/auditship/auditship/agent/event"
)

// appendLess appends the document of an event that was refused as it is. "auditship" is the last member of all of them.
func (n *encoder) appendLess(dst []byte, e *event.Event, f *fate) []byte {
	form := f.look(e, f.step)
	start := len(dst)
	switch {
	case form.stub:
		dst = append(n.appendCore(append(dst, `{"auditship":`...), e), "}}"...)
	case form.core:
		other := *e
		other.Enrichment = n.appendCore(nil, e)
		dst = other.AppendJSON(dst)
	default:
		dst = e.AppendJSON(dst)
	}
	if form.mute {
		// It has nothing but names of fields, so there is none within it.
		dst = append(dst[:start+bytes.LastIndex(dst[start:], []byte(`,"trimmed":[`))], "}}"...)
	}
	if form.text {
		dst = append(appendRecord(append(dst[:len(dst)-len("}}")], `,"record":"`...), e, form.left), `"}}`...)
	}
	return dst
}

// appendCore appends what the "auditship" object of every event has, without a closing brace.
func (n *encoder) appendCore(dst []byte, e *event.Event) []byte {
	dst = hex.AppendEncode(append(dst, `{"id":"`...), e.ID[:])
	return append(append(dst, '"'), n.place...)
}

// appendRecord appends the fields as an object, in the form that it has within a string. What is not UTF-8 becomes U+FFFD.
func appendRecord(dst []byte, e *event.Event, fields event.Fields) []byte {
	separator := byte('{')
	for f := range event.NumFields {
		if !fields.Has(f) {
			continue
		}
		dst = append(append(dst, separator, '\\', '"'), f.String()...)
		dst = event.AppendContent(append(dst, '\\', '"', ':'), e.Bytes(e.Members[f].Value))
		separator = ','
	}
	return append(dst, '}')
}

// placeOf is as package enrich writes it.
func placeOf(cluster, node string) (place []byte) {
	for _, member := range [...]struct{ key, value string }{{`,"cluster":`, cluster}, {`,"node":`, node}} {
		if member.value != "" {
			value, _ := json.Marshal(member.value) // a string has no error to give
			place = append(append(place, member.key...), value...)
		}
	}
	return place
}
