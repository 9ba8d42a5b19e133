package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/auditship/auditship/agent/event"
)

// TestDeepBodies: what is nested too deep is hidden whole, from there on.
func TestDeepBodies(t *testing.T) {
	for _, brackets := range []string{`{"a":|}`, `[|]`} {
		open, closing, _ := strings.Cut(brackets, "|")
		deep := func(n int) string {
			return strings.Repeat(open, n) + `{"b":"hunter2"}` + strings.Repeat(closing, n)
		}
		got, listed := run(t, Config{}, `"requestObject":`+deep(deepestBody-1))
		if !strings.Contains(got, "hunter2") || listed != "" {
			t.Errorf("a body of %d levels: lists %s", deepestBody, listed)
		}
		got, listed = run(t, Config{}, `"requestObject":`+deep(deepestBody))
		if strings.Contains(got, "hunter2") || !strings.Contains(got, prefix) || !strings.Contains(listed, "…") || len(listed) > 2000 {
			t.Errorf("a deeper one: %s, lists %s", got, listed)
		}
	}
}

// TestDocumentsInDocuments: the last one is hidden whole.
func TestDocumentsInDocuments(t *testing.T) {
	text := `{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}`
	for n := range deepestDocument + 2 {
		body := text
		for range n {
			body = `{"metadata":{"annotations":{"x":` + quote(body) + `}}}`
		}
		got, _ := run(t, Config{}, `"requestObject":`+body)
		if strings.Contains(got, "aHVudGVyMg") || strings.Contains(got, "Secret") != (n <= deepestDocument) {
			t.Errorf("%d documents: %s", n, got)
		}
	}
}

// TestRereading: objects in each other whose kind comes last are read again at every level, but not for ever.
func TestRereading(t *testing.T) {
	levels := deepestBody - 2
	body := strings.Repeat(`{"data":`, levels) + `{"x":"` + strings.Repeat("y", 1<<16) + `"}` + strings.Repeat(`,"kind":"ConfigMap"}`, levels)
	r := redactor(t, Config{})
	e := decode(t, head+`"requestObject":`+body+"}")
	if _, err := r.Redact(e, nil, false); err != nil {
		t.Fatal(err)
	}
	if len(e.Redacted) == 0 || len(e.Raw) > 1<<14 {
		t.Errorf("got %d bytes, %s", len(e.Raw), e.Redacted)
	}
}

// TestRereadingDocuments: documents in each other, each to be read again, do not multiply what that costs.
func TestRereadingDocuments(t *testing.T) {
	text := `{"command":["` + strings.Repeat("a:", 1<<10) + `"]}`
	for range deepestDocument {
		for range 3 {
			text = `{"value":` + text + `,"op":"add","path":""}`
		}
		text = `{"annotations":{"a":` + quote(text) + `}}`
	}
	e := decode(t, head+`"requestObject":`+text+"}")
	r := redactor(t, Config{})
	if _, err := r.Redact(e, nil, false); err != nil {
		t.Fatal(err)
	}
	if r.rereadable >= 0 || !strings.Contains(string(e.Raw), prefix) || strings.Contains(string(e.Raw), "a:a:a:") {
		t.Errorf("%d bytes may still be read again: %s", r.rereadable, e.Raw)
	}
}

// TestList: as many paths as there are, as long as keys are: it stays short.
func TestList(t *testing.T) {
	var data strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&data, `"%d%s":"x",`, i, strings.Repeat(`\u001b<'é`, 100))
	}
	got, listed := run(t, Config{}, `"requestObject":{"kind":"Secret","data":{`+data.String()+`"z":"y"}}`)
	if n := strings.Count(got, prefix); n != 1001 {
		t.Errorf("%d of 1001 are hidden", n)
	}
	if len(listed) > 32*120 || !strings.HasSuffix(listed, `,"…and 969 more"]`) || strings.ContainsAny(listed, "\x1bé") {
		t.Errorf("lists %d bytes: %s", len(listed), listed)
	}
}

// TestManyValues: where the server repeats one of too many values to be remembered, its whole message is hidden.
func TestManyValues(t *testing.T) {
	var data strings.Builder
	for i := range mostValues + 5 {
		fmt.Fprintf(&data, `"a%d":"value%d",`, i, i)
	}
	got, _ := run(t, Config{}, `"responseStatus":{"message":"this is long, and it has `+fmt.Sprintf("value%d", mostValues+3)+` in it"},"requestObject":{"stringData":{`+data.String()+`"z":"y"}}`)
	if strings.Contains(got, "value") || strings.Contains(got, "this") {
		t.Errorf("got %s", got)
	}
}

// TestTrimmedBodies are emptied where the record is written anew, and left alone where not.
func TestTrimmedBodies(t *testing.T) {
	e := decode(t, head+`"requestURI":"/a?token=x","requestObject":{"stringData":{"a":"hunter2"}},"responseObject":[1]}`)
	e.Trimmed, e.Rule, e.ID = event.Set(event.RequestObject), "rule", event.ID{1}
	if _, err := redactor(t, Config{}).Redact(e, []byte("before"), false); err != nil {
		t.Fatal(err)
	}
	if want := expand(head + `"requestURI":"/a?token=<x>","requestObject":{},"responseObject":[1]}`); string(e.Raw) != want {
		t.Errorf("got %s, want %s", e.Raw, want)
	}
	if e.Trimmed != event.Set(event.RequestObject) || e.Rule != "rule" || e.ID != (event.ID{1}) || string(e.Redacted) != `["requestURI.token"]` {
		t.Errorf("got %+v", e)
	}
	e = decode(t, head+`"requestURI":"/a","requestObject":{"stringData":{"a":"hunter2"}}}`)
	e.Trimmed = event.Bodies
	if _, err := redactor(t, Config{}).Redact(e, nil, true); err != nil || e.Original != nil {
		t.Errorf("got %s, %v", e.Raw, err)
	}
}

// TestOffDropsManagedFields where a policy asks for it, and nothing else.
func TestOffDropsManagedFields(t *testing.T) {
	e := decode(t, head+`"requestURI":"/a?token=x","requestObject":{"kind":"Secret","metadata":{"managedFields":[],"a":1},"data":{"a":"b"}}}`)
	if _, err := redactor(t, Config{Off: true}).Redact(e, nil, true); err != nil {
		t.Fatal(err)
	}
	if want := head + `"requestURI":"/a?token=x","requestObject":{"kind":"Secret","metadata":{"a":1},"data":{"a":"b"}}}`; string(e.Raw) != want || e.Redacted != nil {
		t.Errorf("got %s, %s", e.Raw, e.Redacted)
	}
}

// TestDifferentKeys make different hashes, and equal keys equal ones.
func TestDifferentKeys(t *testing.T) {
	var got []string
	for _, key := range []string{"0123456789abcdef", "0123456789abcdeg", "0123456789abcdef"} {
		r, err := New(Config{}, []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		e := decode(t, head+`"requestURI":"/a?token=x"}`)
		if _, err := r.Redact(e, nil, false); err != nil {
			t.Fatal(err)
		}
		got = append(got, string(e.Raw))
	}
	if got[0] == got[1] || got[0] != got[2] {
		t.Errorf("got %q", got)
	}
}

// TestTooMuchToHide: where there is more than anybody would have, the whole of it is hidden, each for itself.
func TestTooMuchToHide(t *testing.T) {
	many := func(part string) string { return strings.Repeat(part, mostEdits+1) }
	secrets := `{"stringData":{` + many(`"a":"b",`) + `"z":""}}`
	got, listed := run(t, Config{}, `"requestURI":"/a?`+many(`token=b&`)+`","responseStatus":{"message":"`+many("hunter2 ")+`"},"requestObject":`+secrets+
		`,"responseObject":{"kind":"Secret","stringData":{"x":"hunter2"}},"annotations":{"c":`+quote(secrets)+`,"d":"{\"stringData\":{\"a\":\"hunter3\"}}","e":"f"}`)
	for _, left := range []string{`"b"`, "token=b", "hunter", `\"a\"`} {
		if strings.Contains(got, left) {
			t.Errorf("%s is left: %.2000s", left, got)
		}
	}
	if len(got) > 1000 || !strings.Contains(got, expand(`{"kind":"Secret","stringData":{"x":"<hunter2>"}}`)) || !strings.Contains(got, `"e":"f"`) {
		t.Errorf("got %.2000s", got)
	}
	if !strings.Contains(listed, `"requestObject"`) || !strings.Contains(listed, `"responseObject.stringData.x"`) {
		t.Errorf("lists %s", listed)
	}
}

// TestTextsOfOneSign: anybody can send these, also without a login. What looks back from every sign takes hours for them.
func TestTextsOfOneSign(t *testing.T) {
	for _, sign := range []string{"@", ":", "=", "/", " ", "\\", "-token ", "token=", "://u:@"} {
		text := "://u:" + strings.Repeat(sign, 1<<20/len(sign))
		if got, _ := run(t, Config{}, `"requestURI":"/x?command=`+text+`","requestObject":{"command":["`+text+`"]}`); got == "" {
			t.Errorf("nothing is left of %q", sign)
		}
	}
}

// TestNothingIsKept: no buffer of a large record stays, and nothing that refers to it.
func TestNothingIsKept(t *testing.T) {
	r := redactor(t, Config{})
	body := `{"metadata":{"annotations":{"x":` + quote(`{"metadata":{"annotations":{"x":`+quote(`{"stringData":{"a":"`+strings.Repeat("b", 3<<20)+`"}}`)+`}}}`) + `}}}`
	e := decode(t, head+`"requestObject":`+body+"}")
	if _, err := r.Redact(e, nil, false); err != nil {
		t.Fatal(err)
	}
	for i, buffer := range append(r.documents[:], r.plain, r.line, r.edits.text) {
		if cap(buffer) > keptBuffer {
			t.Errorf("buffer %d keeps %d bytes", i, cap(buffer))
		}
	}
	for _, s := range r.list.path[:cap(r.list.path)] {
		if s.key != nil {
			t.Errorf("a path keeps the record")
		}
	}
}
