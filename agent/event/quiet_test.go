package event

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// quietIn are the quiet parts of a requestObject, as text.
func quietIn(t *testing.T, d *Decoder, body string) (found []string) {
	t.Helper()
	var e Event
	record := `{"auditID":"1","stage":"S","requestObject":` + body + `,"annotations":{"a":"` + strings.Repeat("x", shortestQuiet) + `"}}`
	if err := d.Decode([]byte(record), &e); err != nil {
		t.Fatal(err)
	}
	for _, span := range e.Marks.Quiet {
		found = append(found, string(e.Bytes(span)))
	}
	return found
}

func TestQuiet(t *testing.T) {
	long := strings.Repeat("x", shortestQuiet)
	quiet, deep := fmt.Sprintf(`{"a":"%s"}`, long), strings.Repeat("[", deepestQuiet)+`"`+long+`"`+strings.Repeat("]", deepestQuiet)
	d := &Decoder{Notable: NewKeys("env", "managedfields")}
	for _, c := range []struct {
		body string
		want []string
	}{
		{quiet, []string{quiet}},
		{`[` + quiet + `,` + quiet + `]`, []string{`[` + quiet + `,` + quiet + `]`}},
		{`{"env":1,"b":` + quiet + `,"c":[` + quiet + `]}`, []string{quiet, `[` + quiet + `]`}},
		{`{"b":` + quiet + `,"c":{"ENV":` + quiet + `}}`, []string{quiet, quiet}},
		{`[{"short":1},{"managedFields":[` + quiet + `]}]`, []string{`[` + quiet + `]`}},
		{`{"\u0065nv":"` + long + `"}`, nil},
		{`{"e\u006ev":"` + long + `"}`, nil},
		{`{"f:env":"` + long + `","k:{\"env\":1}":1,"":1}`, []string{`{"f:env":"` + long + `","k:{\"env\":1}":1,"":1}`}},
		{`"` + long + `"`, nil},
		{deep, nil},
		{deep[4 : len(deep)-4], []string{deep[4 : len(deep)-4]}},
	} {
		if got := quietIn(t, d, c.body); !reflect.DeepEqual(got, c.want) {
			t.Errorf("in %s\ngot  %q\nwant %q", c.body, got, c.want)
		}
	}
	if got := quietIn(t, &Decoder{}, quiet); got != nil {
		t.Errorf("got %q, and nobody asked", got)
	}
}

// TestQuietMany bounds what is remembered of a record.
func TestQuietMany(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", shortestQuiet) + `"},`
	found := quietIn(t, &Decoder{Notable: NewKeys("env")}, `[`+strings.Repeat(long, 2*mostQuiet)+`{"env":1}]`)
	if len(found) != mostQuiet {
		t.Errorf("%d parts", len(found))
	}
}

// BenchmarkDecodeNotable is BenchmarkDecode for somebody who wants to know what is quiet.
func BenchmarkDecodeNotable(b *testing.B) {
	records, size := realRecords(b), 0
	for _, r := range records {
		size += len(r)
	}
	d, e := &Decoder{Notable: NewKeys("env", "args", "data", "value", "token", "command", "annotations", "managedfields")}, Event{}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range records {
			if err := d.Decode(r, &e); err != nil {
				b.Fatal(err)
			}
		}
	}
}
