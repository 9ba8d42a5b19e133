package event

import (
	"encoding/json"
	"testing"
)

func TestAppendShaped(t *testing.T) {
	const record = ` { "stage":"Panic" , "auditID":"1","unknown":1,"verb":null,"annotations":{"a.b":""},"user":{ } } `
	const other = `{"a_b":""}`
	for _, c := range []struct {
		annotations string
		trimmed     Fields
		want        string
	}{
		{"", 0, `{"a":{"b":{"auditID":"1","stage":"Panic","user":{ },"annotations":{"a.b":""}}},"auditship":{"id":"x"}}`},
		{other, 0, `{"a":{"b":{"auditID":"1","stage":"Panic","user":{ },"annotations":{"a_b":""}}},"auditship":{"id":"x"}}`},
		{other, Set(User, Verb), `{"a":{"b":{"auditID":"1","stage":"Panic","annotations":{"a_b":""}}},"auditship":{"id":"x","trimmed":["user"]}}`},
		{other, Set(Annotations, Stage, AuditID, User), `{"a":{"b":{}},"auditship":{"id":"x","trimmed":["auditID","stage","user","annotations"]}}`},
	} {
		e := decode(t, record)
		e.Enrichment, e.Trimmed, e.Shape.Head = []byte(`{"id":"x"`), c.trimmed, []byte(`{"a":{"b":{`)
		if c.annotations != "" {
			e.Shape.Annotations = []byte(c.annotations)
		}
		got := string(e.AppendJSON(nil))
		if got != c.want || e.Size() != len(got) || !json.Valid([]byte(got)) {
			t.Errorf("size %d of %d: %s, want %s", e.Size(), len(got), got, c.want)
		}
	}
}

// TestTrimShaped: an event with a Shape is trimmed until it fits, as any.
func TestTrimShaped(t *testing.T) {
	for _, record := range realRecords(t) {
		e := decode(t, string(record))
		e.Enrichment, e.Shape.Head = []byte(`{"id":"x"`), []byte(`{"head":{"x":{`)
		fits := e.TrimTo(1000)
		if shipped := e.AppendJSON(nil); len(shipped) != e.Size() || fits != (len(shipped) <= 1000) || !json.Valid(shipped) {
			t.Fatalf("fits %v, size %d of %d: %s", fits, e.Size(), len(shipped), shipped)
		}
	}
}
