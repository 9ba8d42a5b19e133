package kafka

import (
	"bytes"
	"encoding/hex"

	"github.com/segmentio/kafka-go"

	"github.com/auditship/auditship/inputs"
	out "github.com/auditship/auditship/outputs/kafka"
)

// enrichment is what stands before the object that an agent adds. In no text of a JSON document can it be, since quotes are
// escaped there, and in the object itself no other member has this name: so the last one is it.
var enrichment = []byte(`,"auditship":{"id":"`)

// opening is where enrichment is looked for: the brace is rare.
var opening = enrichment[bytes.IndexByte(enrichment, '{'):]

// unpack makes a record of a message: of an event of an agent's, what the API server wrote, and what the agent added.
func unpack(m kafka.Message) inputs.Record {
	oneLine(m.Value)
	id, digits := idOf(m)
	at := lastEnrichment(m.Value)
	if digits == nil || at < 0 || !bytes.HasSuffix(m.Value, []byte("}}")) {
		return inputs.Record{Data: m.Value}
	}
	if rest := m.Value[at+len(enrichment):]; !bytes.HasPrefix(rest, digits) || rest[len(digits)] != '"' {
		return inputs.Record{Data: m.Value} // another ID: it is no agent's
	}
	shipped := bytes.Clone(m.Value[at+len(`,"auditship":`) : len(m.Value)-len("}}")])
	m.Value[at] = '}'
	return inputs.Record{Data: m.Value[:at+1], Shipped: shipped, ID: id}
}

// oneLine puts blanks in place of line breaks, which are white space in JSON, or make it none. Others than agents may write messages, and outputs
// put a line break behind each event: what follows one within an event would pass for another, or for a command.
func oneLine(value []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for from := 0; ; {
			next := bytes.IndexByte(value[from:], c)
			if next < 0 {
				break
			}
			from += next
			value[from] = ' '
		}
	}
}

// lastEnrichment is where the last one begins; -1: there is none. It looks from the front, for which bytes.Index compares many bytes at
// once; bytes.LastIndex takes one after the other.
func lastEnrichment(value []byte) int {
	last, before := -1, len(enrichment)-len(opening)
	for from := 0; ; from += len(opening) {
		next := bytes.Index(value[from:], opening)
		if next < 0 {
			return last
		}
		if from += next; bytes.HasSuffix(value[:from], enrichment[:before]) {
			last = from - before
		}
	}
}

// idOf is the ID in a message's headers, and how it is written there; nil: it has none.
func idOf(m kafka.Message) (id [16]byte, digits []byte) {
	for _, h := range m.Headers {
		if h.Key == out.IDHeader && len(h.Value) == hex.EncodedLen(len(id)) {
			if _, err := hex.Decode(id[:], h.Value); err == nil {
				return id, h.Value
			}
		}
	}
	return id, nil
}
