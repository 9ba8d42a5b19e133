package compat

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

func decode(t *testing.T, record string) *event.Event {
	t.Helper()
	e := &event.Event{}
	if err := new(event.Decoder).Decode([]byte(record), e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestShape: a real event is what the API server wrote, with the fields behind it.
func TestShape(t *testing.T) {
	data, err := os.ReadFile("../event/testdata/real.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	s := New(map[string]string{"tag": "kube-apiserver-audit", "cluster_name": "{cluster}", "host": "{node}.example.org", "q": "a\"\n"}, "prod", "cp-1")
	const tail = `,"cluster_name":"prod","host":"cp-1.example.org","q":"a\"\u000a","tag":"kube-apiserver-audit"}`
	for line := range bytes.Lines(data) {
		record := string(bytes.TrimSpace(line))
		e := decode(t, record)
		e.Enrichment = []byte(`{"id":"x"`)
		if dst := s.Shape(e, []byte("before")); string(dst) != "before" {
			t.Fatal("Shape took memory")
		}
		shipped := e.AppendJSON(nil)
		if want := record[:len(record)-1] + tail; string(shipped) != want || !json.Valid(shipped) {
			t.Fatalf("got %s, want %s", shipped, want)
		}
	}
}

func TestNoFields(t *testing.T) {
	e := decode(t, `{"stage":"Panic","auditID":"1"}`)
	New(nil, "c", "n").Shape(e, nil)
	if got := string(e.AppendJSON(nil)); got != `{"stage":"Panic","auditID":"1"}` {
		t.Errorf("got %s", got)
	}
}

func TestValidate(t *testing.T) {
	many := map[string]string{}
	for i := range 65 {
		many[string(rune('A'+i))] = ""
	}
	long := string(make([]byte, 5000))
	for _, c := range []struct {
		fields map[string]string
		want   []string
	}{
		{nil, nil},
		{map[string]string{"tag": "x", "@log_name": "y", "a.b": ""}, nil},
		{map[string]string{"verb": "x"}, []string{"verb"}},
		{map[string]string{"auditship": "x"}, []string{"auditship"}},
		{map[string]string{"@timestamp": "x"}, []string{"@timestamp"}},
		{map[string]string{"": "x"}, []string{""}},
		{map[string]string{"a": long}, []string{"a"}},
		{many, []string{""}},
	} {
		var got []string
		Validate(c.fields, func(name, problem string) { got = append(got, name) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: got %q, want %q", c.fields, got, c.want)
		}
	}
}
