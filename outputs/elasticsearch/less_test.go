package elasticsearch

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/auditship/auditship/agent/ecs"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/outputs"
	"github.com/auditship/auditship/outputs/outputtest"
)

// TestForms: in every form a document is JSON, and with a text of what is left out all of it can be had back.
func TestForms(t *testing.T) {
	const odd = `{"kind":"Event","level":"Request","auditID":"a","stage":"Panic","requestObject":{"a":"\u0000\"\\","b":"\ud800","c":[1.0e5, "é"]},"new":{"x":1}}`
	events := append(outputtest.Events(t), decode(t, odd))
	shaper := ecs.New("logs-a-b")
	for i := range events {
		for _, shape := range []func(e *event.Event){
			func(*event.Event) {},
			func(e *event.Event) { shaper.Shape(e, nil) },
			func(e *event.Event) { e.Shape = event.Shape{Bare: true, Tail: []byte(`"@log_name":"audit"`)} },
		} {
			e := events[i]
			shape(&e)
			checkForms(t, &e)
		}
	}
}

func checkForms(t *testing.T, e *event.Event) {
	t.Helper()
	n := &encoder{name: "stream", place: placeOf("c\"d", "n")}
	var record map[string]any
	unmarshal(t, e.Raw, &record)
	f := fate{fault: &outputs.Fault{Reason: refused}}
	for more := true; more; more = f.lower(e) {
		_, source, _ := bytes.Cut(n.encode(nil, e, &f), []byte("\n"))
		var document struct {
			Auditship struct {
				ID, Record string
				Trimmed    []string
			}
			Timestamp string `json:"@timestamp"`
		}
		unmarshal(t, source, &document)
		form := f.look(e, f.step)
		if form.mute && document.Auditship.Trimmed != nil || document.Timestamp == "" || form.core && document.Auditship.ID != e.ID.String() {
			t.Fatalf("step %d: %s", f.step, source)
		}
		if !form.text {
			continue
		}
		var left map[string]any
		unmarshal(t, []byte(document.Auditship.Record), &left)
		for field := range event.NumFields {
			if form.left.Has(field) && !reflect.DeepEqual(left[field.String()], record[field.String()]) {
				t.Fatalf("step %d: %v is %v", f.step, field, left[field.String()])
			}
		}
	}
	if f.step != len(steps)-1 {
		t.Fatalf("it ended at step %d", f.step)
	}
}

func unmarshal(t *testing.T, data []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
}

// TestWhatARuleLeftOutStaysOut: no text brings it back.
func TestWhatARuleLeftOutStaysOut(t *testing.T) {
	e := decode(t, at(`,"annotations":{"a":"b"}`))
	e.Trimmed = event.Bodies
	f := fate{fault: &outputs.Fault{Reason: refused}, trimmed: e.Trimmed}
	n := &encoder{name: "stream"}
	for f.lower(&e) {
		if got := n.encode(nil, &e, &f); bytes.Contains(got, []byte(`{"k":`)) || bytes.Contains(got, []byte(`{\"k\":`)) {
			t.Fatalf("step %d: %s", f.step, got)
		}
	}
}
