package event

import (
	"slices"
	"testing"
	"time"
)

const sample = `{"auditID":"1","stage":"Panic","verb":"g\u0065t","userAgent":"","requestObject":"a\"b","user":{"username":"Zo\u00eb",` +
	`"groups":["a","b\n"],"extra":{"x/y":["1"],"\u0078":["2"]}},"sourceIPs":["10.0.0.1","::1"],` +
	`"annotations":{"a":"1","a":"2","n":null,"authorization.k8s.io/decision":"allow"},"stageTimestamp":"2026-11-22T11:50:28.753123Z",` +
	`"requestReceivedTimestamp":"2026-11-22T12:50:28.5+01:00"}`

func TestText(t *testing.T) {
	e := decode(t, sample)
	for f, want := range map[Field]string{Verb: "get", UserAgent: "", RequestObject: `a"b`, Stage: "Panic", User: "", Level: ""} {
		text := e.Text(f)
		if got := e.String(text); got != want || !e.Equal(text, want) {
			t.Errorf("%s is %q, want %q", f, got, want)
		}
	}
	if !e.Text(UserAgent).Present() || e.Text(Level).Present() || e.Text(User).Present() {
		t.Error("empty and absent are mixed up")
	}
	if !e.Text(Verb).Escaped || e.Text(Stage).Escaped || !e.User.Username.Escaped {
		t.Error("Escaped is wrong")
	}
	if got := string(e.AppendQuoted(nil, e.Text(Verb))); got != `"g\u0065t"` {
		t.Errorf("AppendQuoted gives %s", got)
	}
	if got := string(e.AppendQuoted(nil, Text{})); got != `""` {
		t.Errorf("AppendQuoted of nothing gives %s", got)
	}
}

func TestEqual(t *testing.T) {
	e := decode(t, sample)
	if !e.Equal(e.User.Username, "Zoë") || e.Equal(e.User.Username, `Zo\u00eb`) || e.Equal(e.User.Username, "Zo") || e.Equal(e.User.Username, "Zoëx") {
		t.Error("Equal of an escaped text is wrong")
	}
	if !e.HasPrefix(e.User.Username, "Zo") || !e.HasPrefix(e.User.Username, "Zoë") || e.HasPrefix(e.User.Username, `Zo\`) {
		t.Error("HasPrefix of an escaped text is wrong")
	}
	if !e.HasPrefix(e.Decision, "") || e.HasPrefix(e.Decision, "allowed") || e.HasPrefix(e.Decision, "b") {
		t.Error("HasPrefix of a plain text is wrong")
	}
	if !e.Equal(Text{}, "") || e.Equal(Text{}, "a") || !e.HasPrefix(Text{}, "") {
		t.Error("Equal of an absent text is wrong")
	}
}

// TestExtra: what is known of a credential is found, whatever else an authenticator puts beside it.
func TestExtra(t *testing.T) {
	e := decode(t, `{"auditID":"1","stage":"Panic","user":{"extra":{"a":["b"],"authentication.kubernetes.io/credential-id":["JTI=1"],`+
		`"authentication.kubernetes.io/pod-name":["x","web-0"],"authentication.kubernetes.io/pod-uid":["2"]}},`+
		`"impersonatedUser":{"extra":{"authentication.kubernetes.io/credential-id":[],"reason":["r"]}}}`)
	if got := e.String(e.User.Credential) + " " + e.String(e.User.Pod); got != "JTI=1 web-0" {
		t.Errorf("found %q", got)
	}
	if e.Impersonated.Credential.Present() || e.Impersonated.Pod.Present() {
		t.Error("found what is not there")
	}
}

func TestStrings(t *testing.T) {
	e := decode(t, sample)
	var got []string
	for text := range e.Strings(e.User.Groups) {
		got = append(got, e.String(text))
	}
	if !slices.Equal(got, []string{"a", "b\n"}) {
		t.Errorf("groups are %q", got)
	}
	for text := range e.Strings(e.Members[SourceIPs].Value) {
		if e.String(text) != "10.0.0.1" {
			t.Errorf("the first source IP is %s", e.String(text))
		}
		break
	}
	for range e.Strings(Span{}) {
		t.Error("an absent array has a string")
	}
	for range e.Strings(e.User.Extra) {
		t.Error("an object has a string")
	}
	if e.String(e.SourceIP) != "::1" {
		t.Errorf("the last source IP is %s", e.String(e.SourceIP))
	}
}

func TestLookup(t *testing.T) {
	e := decode(t, sample)
	annotations := e.Members[Annotations].Value
	for _, c := range []struct {
		object    Span
		key, want string
	}{
		{e.User.Extra, "x/y", `["1"]`},
		{e.User.Extra, "x", `["2"]`},
		{e.User.Extra, "y", ``},
		{annotations, "a", `"2"`},
		{annotations, "n", `null`},
		{annotations, "authorization.k8s.io/decision", `"allow"`},
		{Span{}, "a", ``},
		{e.User.Groups, "a", ``},
	} {
		got, ok := e.Lookup(c.object, c.key)
		if string(e.Bytes(got)) != c.want || ok != (c.want != "") {
			t.Errorf("Lookup(%q) finds %s, %v; want %s", c.key, e.Bytes(got), ok, c.want)
		}
	}
	found, _ := e.Lookup(annotations, "a")
	if e.String(e.TextOf(found)) != "2" || e.TextOf(e.User.Groups).Present() || e.TextOf(Span{}).Present() {
		t.Error("TextOf is wrong")
	}
}

func TestElementsAndFind(t *testing.T) {
	e := decode(t, `{"auditID":"1","stage":"Panic","requestObject":{"spec":{"list":[ 1,{"a":[2]} ,"x",[]],"none":[]},"n":null}}`)
	body := e.Members[RequestObject].Value
	for _, tt := range []struct {
		keys []string
		want []string
	}{
		{[]string{"spec", "list"}, []string{"1", `{"a":[2]}`, `"x"`, "[]"}},
		{[]string{"spec", "none"}, nil},
		{[]string{"spec"}, nil}, // an object is no array
		{[]string{"spec", "list", "a"}, nil},
		{[]string{"n", "list"}, nil},
	} {
		var got []string
		for element := range e.Elements(e.Find(body, tt.keys...)) {
			got = append(got, string(e.Bytes(element)))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.keys, got, tt.want)
		}
	}
	for range e.Elements(e.Find(body, "spec", "list")) {
		break // must not go on
	}
	if e.Find(body) != body || e.Find(Span{}, "spec").Present() {
		t.Error("Find does not begin at the value")
	}
}

// TestFindAlone: a value counts only where nothing stands beside it on the way, not even the same key again.
func TestFindAlone(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":{"b":1}}`: "1", ` { "\u0061" : {"b":{"x":1,"y":2}} } `: `{"x":1,"y":2}`, `{"a":{"b":1,"c":2}}`: "", `{"c":2,"a":{"b":1}}`: "", `{"a":{"b":1},"a":{"b":1}}`: "",
		`{"a":{}}`: "", `{}`: "", `[{"a":{"b":1}}]`: "", `{"a":[1]}`: "", `"a"`: "", `{"A":{"b":1}}`: "",
	} {
		e := decode(t, `{"auditID":"1","stage":"Panic","requestObject":`+body+`}`)
		if got := string(e.Bytes(e.FindAlone(e.Members[RequestObject].Value, "a", "b"))); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	e := decode(t, sample)
	for f, want := range map[Field]time.Time{
		StageTimestamp:           time.Date(2026, 11, 22, 11, 50, 28, 753123000, time.UTC),
		RequestReceivedTimestamp: time.Date(2026, 11, 22, 11, 50, 28, 500000000, time.UTC),
	} {
		if got, ok := e.Time(f); !ok || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %v, want %v", f, got, want)
		}
	}
	for _, s := range []string{"", "x", "2026-11-22", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T11:50:28.Z"} {
		e := decode(t, `{`+required+`,"stageTimestamp":"`+s+`"}`)
		if got, ok := e.Time(StageTimestamp); ok {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
	if _, ok := e.Time(Level); ok {
		t.Error("an absent field has a time")
	}
}

// The hot path must not allocate, whatever comes.
// TestElapsed: however times are written, what has elapsed is the difference of what Time says.
func TestElapsed(t *testing.T) {
	times := []string{
		"2026-11-22T11:50:28.753123Z", "2026-11-22T11:50:28.753124Z", "2026-11-22T11:50:28Z", "2026-11-22T11:50:01.5Z", "2026-11-22T11:51:28.753123Z",
		"2026-11-22T12:50:28.5+01:00", "2026-11-22T11:50:28.75312+00:00", "2026-11-22T11:50:60Z", "2026-11-22T11:50:xxZ", "2026-11-22T11:50:2Z",
		"2026-11-22T11:50:28.Z", "2026-13-22T11:50:28Z", "2026-13-22T11:50:29Z", "2026-11-22T11:50:", "", "2026-11-22T11:50:28.1234567890Z",
	}
	var watch Stopwatch
	for _, from := range append(times, times...) { // also with another minute remembered
		for _, to := range times {
			e := decode(t, `{"auditID":"1","stage":"Panic","requestReceivedTimestamp":"`+from+`","stageTimestamp":"`+to+`"}`)
			begin, ok1 := e.Time(RequestReceivedTimestamp)
			end, ok2 := e.Time(StageTimestamp)
			got, ok := watch.Elapsed(e, RequestReceivedTimestamp, StageTimestamp)
			if ok != (ok1 && ok2) || ok && got != end.Sub(begin) {
				t.Errorf("from %s to %s: %v, %v; want %v, %v", from, to, got, ok, end.Sub(begin), ok1 && ok2)
			}
		}
	}
}

func TestNoAllocations(t *testing.T) {
	var d Decoder
	var e Event
	record, hostile := []byte(sample), []byte(sample[:len(sample)-1]+`,"kind":1}`)
	dst := make([]byte, 0, 4096)
	count := 0
	if n := testing.AllocsPerRun(100, func() {
		_ = d.Decode(hostile, &e)
		_ = d.Decode(record, &e)
		for text := range e.Strings(e.User.Groups) {
			if e.Equal(text, "b\n") || e.HasPrefix(text, "x") {
				count++
			}
		}
		span, _ := e.Lookup(e.User.Extra, "x")
		dst = e.AppendText(dst[:0], e.TextOf(span))
		dst = e.AppendQuoted(dst, e.User.Username)
		e.Time(StageTimestamp)
		e.TrimTo(100)
		dst = e.AppendJSON(dst[:0])
		e.ID = Sum(record)
		dst, _ = e.ID.AppendText(dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
