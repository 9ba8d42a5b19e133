package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestAppendJSON(t *testing.T) {
	for _, c := range []struct {
		record, enrichment string
		trimmed            Fields
		want               string
	}{
		{`{"auditID":"1","stage":"Panic"}`, `{"id":"x"`, 0, `{"auditID":"1","stage":"Panic","auditship":{"id":"x"}}`},
		{" {\t\"auditID\":\"1\" , \"stage\":\"Panic\" \r } \r", ``, 0, " {\t\"auditID\":\"1\" , \"stage\":\"Panic\",\"auditship\":{}}"},
		{`{"auditID":"1","stage":"Panic"}`, `{`, Set(User), `{"auditID":"1","stage":"Panic","auditship":{}}`},
		{`{"user":{},"auditID":"1","stage":"Panic"}`, `{`, Set(User), `{"auditID":"1","stage":"Panic","auditship":{"trimmed":["user"]}}`},
		{`{"auditID":"1","user":{},"stage":"Panic"}`, `{"a":1`, Set(User), `{"auditID":"1","stage":"Panic","auditship":{"a":1,"trimmed":["user"]}}`},
		{`{"auditID":"1","stage":"Panic","user":{}}`, ``, Set(User), `{"auditID":"1","stage":"Panic","auditship":{"trimmed":["user"]}}`},
		{`{ "auditID":"1" , "user" : {} , "stage":"Panic" , "verb" : "a" }`, `{`, Set(User, Verb), `{ "auditID":"1" ,  "stage":"Panic" ,"auditship":{"trimmed":["verb","user"]}}`},
		{`{ "auditID":"1" , "stage":"Panic" }`, `{`, Set(AuditID, Stage), `{"auditship":{"trimmed":["auditID","stage"]}}`},
		{`{"requestObject":1,"stage":"","x":[ ],"auditID":""}`, `{`, Bodies | Set(AuditID), `{"stage":"","x":[ ],"auditship":{"trimmed":["auditID","requestObject"]}}`},
		{`{"auditID":"1","stage":"Panic","responseObject":null}`, `{`, Bodies, `{"auditID":"1","stage":"Panic","responseObject":null,"auditship":{}}`},
	} {
		e := decode(t, c.record)
		e.Enrichment, e.Trimmed = []byte(c.enrichment), c.trimmed
		got := e.AppendJSON([]byte("before,"))
		if string(got) != "before,"+c.want {
			t.Errorf("%s gives\n%s, want\n%s", c.record, got, c.want)
		}
		checkShipped(t, e)
	}
}

// checkShipped holds the shipped form against encoding/json: the record's members without the trimmed ones, and one more.
func checkShipped(t *testing.T, e *Event) {
	t.Helper()
	shipped := e.AppendJSON(nil)
	if len(shipped) != e.Size() {
		t.Fatalf("Size is %d, want %d", e.Size(), len(shipped))
	}
	if !json.Valid(shipped) || string(e.AppendJSON([]byte("{"))) != "{"+string(shipped) {
		t.Fatalf("shipped: %s", shipped)
	}
	before, _ := members(e.Raw)
	after, _ := members(shipped)
	var keys, cut []string
	for _, k := range before.keys {
		if f := index(fieldNames[:], k); f < NumFields && e.Trimmed.Has(f) && typeOf(before.values[k]) != 0 {
			continue
		}
		keys = append(keys, k)
		if !bytes.Equal(before.values[k], after.values[k]) {
			t.Fatalf("%s is %s, want %s", k, after.values[k], before.values[k])
		}
	}
	for f, name := range fieldNames {
		if e.Trimmed.Has(Field(f)) && typeOf(before.values[name]) != 0 {
			cut = append(cut, name)
		}
	}
	if got, want := fmt.Sprintf("%q", after.keys), fmt.Sprintf("%q", append(keys, "auditship")); got != want {
		t.Fatalf("shipped members are %s, want %s", got, want)
	}
	checkAdded(t, e, after.values["auditship"], cut)
}

func checkAdded(t *testing.T, e *Event, added json.RawMessage, cut []string) {
	t.Helper()
	want := strings.TrimSuffix(string(e.Enrichment), "{")
	if len(cut) > 0 {
		list, _ := json.Marshal(cut)
		if want != "" {
			want += ","
		}
		want += `"trimmed":` + string(list)
	}
	if want = "{" + strings.TrimPrefix(want, "{") + "}"; string(added) != want {
		t.Fatalf("auditship is %s, want %s", added, want)
	}
}

func index(names []string, key string) Field {
	for i, name := range names {
		if name == key {
			return Field(i)
		}
	}
	return NumFields
}

func TestAppendJSONOfRealRecords(t *testing.T) {
	for i, record := range realRecords(t) {
		e := decode(t, string(record))
		e.Enrichment = []byte(`{"id":"x","cluster":"c"`)
		for _, trimmed := range []Fields{0, Bodies, 1<<NumFields - 1, ^Fields(0), Fields(i * 7919)} {
			e.Trimmed = trimmed
			checkShipped(t, e)
		}
	}
}

// FuzzAppendJSON holds the shipped form against encoding/json, and TrimTo against what it promises.
func FuzzAppendJSON(f *testing.F) {
	for i, record := range realRecords(f) {
		f.Add(record, uint32(Bodies), i*50)
	}
	f.Add([]byte(" { \"auditID\" : \"1\" , \"user\" : {} , \"stage\" : \"\" , \"x\" : 1 } "), uint32(1<<User), 20)
	var d Decoder
	f.Fuzz(func(t *testing.T, record []byte, trimmed uint32, max int) {
		var e Event
		if d.Decode(record, &e) != nil {
			t.Skip()
		}
		checkTrimTo(t, e, max)
		e.Trimmed = Fields(trimmed)
		checkShipped(t, &e)
		e.Enrichment = []byte(`{"id":""`)
		checkShipped(t, &e)
	})
}
