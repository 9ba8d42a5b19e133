package redact

import (
	"fmt"
	"strings"
	"testing"
)

// TestForms: what a Secret holds is found in messages and annotations as it says, as %q prints it, as base64 of a server, and as
// the base64 that the body has.
func TestForms(t *testing.T) {
	for _, test := range []struct{ data, text, want string }{
		{`"data":{"a":"aHVudGVyMg=="}`, `x hunter2 aHVudGVyMg==`, `x <hunter2> <hunter2>`},
		{`"data":{"a":"aHVudGVy\nMg=="}`, "x aHVudGVy\nMg== aHVudGVyMg==", "x <aHVudGVy\nMg==> <hunter2>"},
		{`"data":{"a":"aHVudGVyMh=="}`, `x aHVudGVyMh== aHVudGVyMg==`, `x <aHVudGVyMh==> <hunter2>`},
		{`"data":{"a":"not base64"}`, `x not base64`, `x <not base64>`},
		{`"stringData":{"a":"hunter2"}`, `x aHVudGVyMg==`, `x <hunter2>`},
		{`"stringData":{"a":"a\"hunter2"}`, `x a\"hunter2 a"hunter2`, `x <a"hunter2> <a"hunter2>`},
		{`"stringData":{"a":"short"}`, `x short c2hvcnQ=`, `x short c2hvcnQ=`},
	} {
		said := func(text string) string {
			return `,"responseStatus":{"message":` + quote(text) + `},"annotations":{"a.b/c":` + quote(text) + `}`
		}
		got, _ := run(t, Config{}, `"requestObject":{"kind":"Secret",`+test.data+`}`+said(test.text))
		if want := said(expand(test.want)); !strings.HasSuffix(got, want) {
			t.Errorf("of %s\ngot  %s\nwant %s", test.data, got, want)
		}
	}
}

// BenchmarkManyMessages searches as many messages as a client can provoke for as many values as are remembered.
func BenchmarkManyMessages(b *testing.B) {
	values := strings.Repeat(`{"name":"TOKEN","value":"|`+strings.Repeat("y", 1000)+`"},`, mostValues-4)
	for i := range mostValues {
		values = strings.Replace(values, "|", strings.Repeat("x", i+1), 1)
	}
	causes := strings.Repeat(`{"message":"x"},`, 5000)
	e := decode(b, head+`"requestObject":{"env":[`+values+`{}]},"responseStatus":{"details":{"causes":[`+causes+`{}]}}}`)
	r := redactor(b, Config{})
	b.SetBytes(int64(len(e.Raw)))
	for b.Loop() {
		again := *e
		if _, err := r.Redact(&again, nil, false); err != nil {
			b.Fatal(err)
		}
	}
}

// TestURIHidesNothingElse: whoever makes a request can't have words of the server hidden by a parameter that nobody asked for,
// neither by the same words nor by more values than are remembered.
func TestURIHidesNothingElse(t *testing.T) {
	const said = `,"responseStatus":{"message":"users \"bob\" is forbidden: User \"mallory\" cannot impersonate resource \"users\""},"annotations":{"a.b/c":"violates privileged:latest of restricted pods",` +
		`"pod-security.kubernetes.io/audit-violations":"would violate 0123456789abcdefgh","pod-security.kubernetes.io/enforce-policy":"privileged:latest"}`
	many := ""
	for i := range mostValues + 5 {
		many += "token=0123456789abcdefgh" + strings.Repeat("q", i) + "&"
	}
	for _, query := range []string{"token=cannot+impersonate", "token=mallory&token=privileged&token=privileged:latest", "token=cannotimpersonateresource", many, "command=--password&command=mallory"} {
		got, _ := run(t, Config{}, `"requestURI":"/a?`+query+`"`+said)
		if !strings.HasSuffix(got, said) {
			t.Errorf("by %.100s: %s", query, got)
		}
	}
}

// TestValuesOfURIAndBody are counted apart.
func TestValuesOfURIAndBody(t *testing.T) {
	var query, env strings.Builder
	for i := range mostValues {
		fmt.Fprintf(&query, "token=in-the-uri-value-%02d&", i)
		fmt.Fprintf(&env, `{"name":"TOKEN","value":"in-the-body-%d"},`, i)
	}
	got, _ := run(t, Config{}, `"requestURI":"/a?`+query.String()+`","requestObject":{"env":[`+env.String()+`{}]},"responseStatus":{"message":"in-the-uri-value-15 in-the-uri-value-16 in-the-body-63"}`)
	if want := expand(`"message":"<in-the-uri-value-15> in-the-uri-value-16 <in-the-body-63>"}`); !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
}
