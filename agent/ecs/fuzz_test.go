package ecs

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
)

// tops are all members that a document has at the top.
var tops = []string{
	"event", "@timestamp", "ecs", "data_stream", "message", "user", "source", "client", "user_agent", "url", "http", "orchestrator",
	"host", "container", "process", "related", "labels", "tags", "kubernetes", "auditship",
}

// FuzzShape: whatever a record holds, the document is valid JSON of the size that was told, has no members but ours, each once,
// and kubernetes.audit has the fields of the record and nothing else; the same record gives the same bytes.
func FuzzShape(f *testing.F) {
	for _, record := range realRecords(f) {
		f.Add(record)
	}
	for _, record := range []string{
		`{"auditID":"","stage":"","kubernetes":{"audit":{}},"user.name":"x","":{"":1},".":2,"annotations":{"":"","..":"","a.b":"1","a_b":"2"}}`,
		`{"auditID":"\ud800","stage":"x","verb":"get","requestURI":"/?\u003f","requestObject":[{".":{}},1],"responseObject":"}},\"event\":{}"}`,
		` { "auditID" : "a" , "stage" : "b" , "x" : 1 , "user" : { "username" : "` + "\xff" + `" , "groups" : [ ] } , "sourceIPs" : [ "::1%x" ] } `,
	} {
		f.Add([]byte(record))
	}
	n, s := enrich.New(enrich.Config{Cluster: "c", Node: "n"}), New(stream)
	var d event.Decoder
	f.Fuzz(func(t *testing.T, record []byte) {
		var e event.Event
		if d.Decode(record, &e) != nil {
			t.Skip()
		}
		n.Enrich(&e, nil)
		again := e
		s.Shape(&e, nil)
		shipped := e.AppendJSON(nil)
		if !json.Valid(shipped) || len(shipped) != e.Size() {
			t.Fatalf("valid %v, size %d of %d: %q", json.Valid(shipped), len(shipped), e.Size(), shipped)
		}
		if New(stream).Shape(&again, nil); !bytes.Equal(again.AppendJSON(nil), shipped) {
			t.Fatalf("another Shaper gave\n%q, not\n%q", again.AppendJSON(nil), shipped)
		}
		checkTop(t, shipped)
		checkFields(t, &e, shipped)
	})
}

func checkTop(t *testing.T, shipped []byte) {
	left := map[string]bool{}
	for _, name := range tops {
		left[name] = true
	}
	for _, key := range keysOf(t, shipped) {
		if !left[key] {
			t.Fatalf("member %q, once more or not ours: %q", key, shipped)
		}
		left[key] = false
	}
}

// checkFields holds kubernetes.audit against the record.
func checkFields(t *testing.T, e *event.Event, shipped []byte) {
	var document struct {
		Kubernetes struct{ Audit json.RawMessage }
	}
	if err := json.Unmarshal(shipped, &document); err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document.Kubernetes.Audit, &fields); err != nil {
		t.Fatal(err)
	}
	count := 0
	for f := range event.NumFields {
		want := e.Bytes(e.Members[f].Value)
		if want == nil || e.Trimmed.Has(f) {
			continue
		}
		count++
		if f != event.Annotations && !bytes.Equal(fields[f.String()], want) {
			t.Fatalf("%s is %q, want %q", f, fields[f.String()], want)
		}
	}
	if keys := keysOf(t, document.Kubernetes.Audit); len(keys) != count || len(fields) != count {
		t.Fatalf("kubernetes.audit has %q, want %d", keys, count)
	}
	if annotations := fields["annotations"]; annotations != nil {
		checkKeys(t, keysOf(t, annotations))
	}
}

// checkKeys: no key of the annotations stands there twice, is blank, or leads into an object.
func checkKeys(t *testing.T, keys []string) {
	seen := map[string]bool{}
	for _, key := range keys {
		if seen[key] || len(bytes.TrimSpace([]byte(key))) == 0 || bytes.ContainsRune([]byte(key), '.') {
			t.Fatalf("keys %q", keys)
		}
		seen[key] = true
	}
}

// keysOf are the keys of an object, with repetitions.
func keysOf(t *testing.T, object []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
