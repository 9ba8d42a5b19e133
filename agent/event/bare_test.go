package event

import (
	"encoding/json"
	"testing"
)

func TestAppendBare(t *testing.T) {
	const record = ` { "stage":"Panic" , "auditID":"1","unknown":1,"user":{ } } `
	const id = `"auditship":{"id":"000102030405060708090a0b0c0d0e0f"`
	for _, c := range []struct {
		record, tail, redacted string
		trimmed                Fields
		want                   string
	}{
		{record, "", "", 0, ` { "stage":"Panic" , "auditID":"1","unknown":1,"user":{ }}`},
		{record, `"a":"b"`, "", 0, ` { "stage":"Panic" , "auditID":"1","unknown":1,"user":{ },"a":"b"}`},
		{record, `"a":"b","c":""`, `["user"]`, 0, ` { "stage":"Panic" , "auditID":"1","unknown":1,"user":{ },"a":"b","c":"",` + id + `,"redacted":["user"]}}`},
		{record, "", "", Set(User, Verb), ` { "stage":"Panic" , "auditID":"1","unknown":1,` + id + `,"trimmed":["user"]}}`},
		{record, `"a":1`, `["x"]`, Set(User), ` { "stage":"Panic" , "auditID":"1","unknown":1,"a":1,` + id + `,"redacted":["x"],"trimmed":["user"]}}`},
		{`{"stage":"Panic","auditID":"1","user":{}}`, `"a":1`, "", Set(User), `{"stage":"Panic","auditID":"1","a":1,` + id + `,"trimmed":["user"]}}`},
	} {
		e := decode(t, c.record)
		e.Enrichment, e.Trimmed, e.Shape = []byte(`{"id":"x"`), c.trimmed, Shape{Bare: true, Tail: []byte(c.tail)}
		for i := range e.ID {
			e.ID[i] = byte(i)
		}
		if c.redacted != "" {
			e.Redacted = []byte(c.redacted)
		}
		got := string(e.AppendJSON(nil))
		if got != c.want || e.Size() != len(got) || !json.Valid([]byte(got)) {
			t.Errorf("size %d of %d: %s, want %s", e.Size(), len(got), got, c.want)
		}
	}
}

// TestBareIsTheRecord: of real events nothing is changed, and they are trimmed until they fit, as any.
func TestBareIsTheRecord(t *testing.T) {
	for _, record := range realRecords(t) {
		e := decode(t, string(record))
		e.Enrichment, e.Shape.Bare = []byte(`{"id":"x"`), true
		if shipped := string(e.AppendJSON(nil)); shipped != string(record) || e.Size() != len(shipped) {
			t.Fatalf("got %s, want %s", shipped, record)
		}
		fits := e.TrimTo(1000)
		if shipped := e.AppendJSON(nil); len(shipped) != e.Size() || fits != (len(shipped) <= 1000) || !json.Valid(shipped) {
			t.Fatalf("fits %v, size %d of %d: %s", fits, e.Size(), len(shipped), shipped)
		}
	}
}
