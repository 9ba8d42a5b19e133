package event

import (
	"fmt"
	"strings"
	"testing"
)

func TestDecodeLargeRecords(t *testing.T) {
	for name, value := range map[string]string{
		"a long string":     `"` + strings.Repeat("a", 10<<20) + `"`,
		"escapes":           `"` + strings.Repeat(`\"\\\u0041`, 1<<18) + `"`,
		"a long number":     strings.Repeat("1", 1<<20),
		"a deep array":      strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1),
		"a deep object":     strings.Repeat(`{"a":`, maxDepth-1) + `0` + strings.Repeat(`}`, maxDepth-1),
		"deep in both ways": strings.Repeat(`[{"a":`, maxDepth/2-1) + `0` + strings.Repeat(`}]`, maxDepth/2-1),
		"many elements":     `[` + strings.Repeat(`{},[],`, 1<<18) + `0]`,
		"white space":       `[` + strings.Repeat(" \t\r\n", 1<<18) + `0]`,
	} {
		e := decode(t, `{`+required+`,"requestObject":`+value+`,"verb":"get"}`)
		if got := e.Members[RequestObject].Value.Len(); got != len(value) || !e.Equal(e.Text(Verb), "get") {
			t.Errorf("%s: the body has %d bytes, want %d", name, got, len(value))
		}
		if !e.TrimTo(200) || e.Size() > 200 {
			t.Errorf("%s: does not fit without its body", name)
		}
	}
}

func TestDecodeManyKeys(t *testing.T) {
	var annotations, unknown strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&annotations, `"a%d":"",`, i)
		fmt.Fprintf(&unknown, `"user%d":%d,`, i, i)
	}
	e := decode(t, `{`+unknown.String()+required+`,"annotations":{`+annotations.String()+`"`+decisionKey+`":"forbid"}}`)
	if !e.Equal(e.Decision, "forbid") || !e.Equal(e.Text(Stage), "Panic") || e.Has(User) {
		t.Error("fields among many keys are wrong")
	}
	if _, ok := e.Lookup(e.Members[Annotations].Value, "a99999"); !ok {
		t.Error("the last of many annotations is not found")
	}
}
