package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzDecode holds Decode against encoding/json.
func FuzzDecode(f *testing.F) {
	for _, record := range realRecords(f) {
		f.Add(record)
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, record []byte) {
		if err := compare(&d, record); err != nil {
			t.Error(err)
		}
	})
}

// FuzzMembers puts anything behind what an event must have, so that the fuzzer need not find that first.
func FuzzMembers(f *testing.F) {
	for _, record := range realRecords(f) {
		if e := decode(f, string(record)); len(record) < 2000 {
			f.Add(string(record[e.Members[Stage].Value.End+1 : e.Close]))
		}
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, members string) {
		if err := compare(&d, []byte(`{`+required+`,`+members+`}`)); err != nil {
			t.Error(err)
		}
	})
}

// FuzzText holds the resolving of escapes against encoding/json.
func FuzzText(f *testing.F) {
	for _, content := range []string{``, `a`, `\"\\\/\b\f\n\r\t`, `\u0041`, `\ud83d\ude00`, `\ud83d`, `\ude00\ud83d`, `\ud83d\u0041`, "\xff\xc3", `ü`, `�`} {
		f.Add(content, "a")
	}
	f.Fuzz(func(t *testing.T, content, other string) {
		raw := []byte(`"` + content + `"`)
		var want string
		if json.Unmarshal(raw, &want) != nil {
			t.Skip()
		}
		e := Event{Raw: append([]byte(" "), raw...)}
		text := e.TextOf(Span{1, uint32(len(e.Raw))})
		if got := e.String(text); got != want {
			t.Errorf("String gives %q, want %q", got, want)
		}
		for _, s := range []string{want, want + "x", want[:len(want)/2], other, content, strings.ToValidUTF8(other, "\uFFFD")} {
			if got := e.Equal(text, s); got != (want == s) {
				t.Errorf("Equal(%q, %q) is %v", want, s, got)
			}
			if got := e.HasPrefix(text, s); utf8.ValidString(s) && got != strings.HasPrefix(want, s) {
				t.Errorf("HasPrefix(%q, %q) is %v", want, s, got)
			}
		}
	})
}

// FuzzTime holds the fast parser against time.Parse.
func FuzzTime(f *testing.F) {
	for _, s := range []string{
		"2026-11-22T11:50:28.753123Z", "2024-02-29T23:59:59Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00.1Z",
		"2026-11-22T11:50:28.123456789Z", "2026-11-22T11:50:28.1234567891Z", "2026-11-22T11:50:28.Z", "2026-11-22T11:50:28+01:00",
		"2026-11-22T11:50:60Z", "0000-01-01T00:00:00Z", "2026-11-22T11:50:28,5Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseTime([]byte(s))
		if !ok {
			return
		}
		if want, err := time.Parse(time.RFC3339Nano, s); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("parseTime(%q) is %v, want %v, %v", s, got, want, err)
		}
	})
}

// FuzzWalk holds Lookup and Strings against encoding/json.
func FuzzWalk(f *testing.F) {
	f.Add(`{"a":1,"b" : [ "x", "y\n" ,{}] , "a":{"b":"c"}}`, "a")
	f.Add(`["x",null,"\u0041",["y"],[], 1.5e3 ,true]`, "a")
	f.Add(`{}`, "")
	f.Fuzz(func(t *testing.T, value, key string) {
		e := Event{}
		if new(Decoder).Decode([]byte(`{`+required+`,"requestObject":`+value+`}`), &e) != nil {
			t.Skip()
		}
		compareLookup(t, &e, e.Members[RequestObject].Value, key)
		compareStrings(t, &e, e.Members[RequestObject].Value)
	})
}

func compareLookup(t *testing.T, e *Event, s Span, key string) {
	var want map[string]json.RawMessage
	_ = json.Unmarshal(e.Bytes(s), &want)
	got, ok := e.Lookup(s, key)
	if raw, has := want[key]; has != ok || string(e.Bytes(got)) != string(raw) {
		t.Errorf("Lookup(%q) finds %q, want %q", key, e.Bytes(got), raw)
	}
}

func compareStrings(t *testing.T, e *Event, s Span) {
	var elements []any
	_ = json.Unmarshal(e.Bytes(s), &elements)
	var want, got []string
	for _, v := range elements {
		if s, ok := v.(string); ok {
			want = append(want, s)
		}
	}
	for text := range e.Strings(s) {
		got = append(got, e.String(text))
	}
	if strings.Join(got, "\x00") != strings.Join(want, "\x00") || len(got) != len(want) {
		t.Errorf("Strings gives %q, want %q", got, want)
	}
}
