package pipeline

import (
	"bytes"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/inputs"
)

const (
	knownID = "00112233445566778899aabbccddeeff"
	added   = `{"id":"` + knownID + `","cluster":"prod","actor":{"kind":"human","name":"jane@example.org","person":"Jane"}`
)

// TestShippedBefore: an event that an agent has shipped keeps its ID and its object, byte for byte, beside events that get theirs here.
func TestShippedBefore(t *testing.T) {
	raw := []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete","verb":"get","user":{"username":"jane@example.org"}}`)
	var decoder event.Decoder
	b := &batch{}
	for i := range 3 {
		e := b.slot()
		if err := decoder.Decode(raw, e); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			var id event.ID
			copy(id[:], "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff")
			e.Enrichment = keep(e, nil, inputs.Record{Data: raw, Shipped: []byte(added), ID: id})
		} else {
			e.Enrichment = []byte(`{"id":"` + strings.Repeat("0", 32) + `"`)
		}
		b.keep(e.Size())
	}
	b.identify()
	for i := range b.events {
		e := &b.events[i]
		want := event.Sum(raw).String()
		if i == 1 {
			want = knownID
		}
		if e.ID.String() != want || !bytes.HasPrefix(e.Enrichment, []byte(`{"id":"`+want+`"`)) {
			t.Errorf("event %d: %s, %s, want %s", i, e.ID, e.Enrichment, want)
		}
	}
	if got, want := string(b.events[1].AppendJSON(nil)), string(raw[:len(raw)-1])+`,"auditship":`+added+"}}"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRedactedOnce: what an agent has hidden is not hidden again, but what nobody has looked at is.
func TestRedactedOnce(t *testing.T) {
	for shipped, want := range map[string]bool{"": false, added: false, added + `,"redacted":["requestObject.data.a"]`: true} {
		record := inputs.Record{}
		if shipped != "" {
			record.Shipped = []byte(shipped)
		}
		if got := wasRedacted(record); got != want {
			t.Errorf("%s: %v", shipped, got)
		}
	}
	e := event.Event{Redacted: []byte(`["a"]`)}
	if got := string(keep(&e, nil, inputs.Record{Shipped: []byte(added)})); got != added+`,"redacted":["a"]` {
		t.Errorf("got %s", got)
	}
}
