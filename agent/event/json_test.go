package event

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDocument finds the same to be a document as encoding/json does.
func TestDocument(t *testing.T) {
	texts := []string{
		"", " ", "{", "}", "[]", "{}", " {} ", "\n[1,2]\n", `{"a":1}x`, `{"a":1}}`, `[1}`, `{1]`, `"{}"`, "1", "null", `{"a":}`, `{"a":"\x"}`,
		`{"a":[{"b":"c"}]}`, `[{"a":1},[],{}]`, strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	}
	var d Decoder
	for _, text := range texts {
		start, end, ok := d.Document([]byte(text))
		trimmed := strings.TrimSpace(text)
		want := json.Valid([]byte(text)) && strings.ContainsAny(trimmed[:1], "{[")
		if ok != want || ok && text[start:end] != trimmed {
			t.Errorf("Document(%.40q) = %d, %d, %v; want %v", text, start, end, ok, want)
		}
	}
}

// TestRecord: what names an event is the record as it was read, also when it was redacted since.
func TestRecord(t *testing.T) {
	events := []Event{{Raw: []byte("a")}, {Raw: []byte("redacted"), Original: []byte("b")}}
	SumAll(events)
	if events[0].ID != Sum([]byte("a")) || events[1].ID != Sum([]byte("b")) {
		t.Errorf("got %v and %v", events[0].ID, events[1].ID)
	}
}
