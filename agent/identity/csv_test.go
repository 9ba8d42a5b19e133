package identity

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParseCSV(t *testing.T) {
	const data = "\ufeff# who is who\nteam, user,person,shared\nplatform,jane@example.org,\"Jane, J.\",\n\"a\nb\",x,y,false\n# bob has left\n  ci , ci-bot ,, true\n"
	got, err := ParseCSV("p.csv", []byte(data))
	want := []Entry{
		{User: "jane@example.org", Person: "Jane, J.", Team: "platform", Place: "p.csv:3"},
		{User: "x", Person: "y", Team: "a\nb", Place: "p.csv:4"},
		{User: "ci-bot", Team: "ci", Shared: true, Place: "p.csv:7"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestParseCSVFaults(t *testing.T) {
	for data, want := range map[string][]string{
		"":                                  {"1 : the file is empty"},
		"# nothing\n":                       {"1 : the file is empty"},
		"user;person\na;b\n":                {`1 "user;person": is no column; the first line may name user,fingerprint`},
		"user,,person\n":                    {`1 "": is no column`},
		"user,user\n":                       {"1 user: is named twice"},
		"user,shared\na,yes\n":              {`2 shared: "yes" is neither true nor false`},
		"user,person\na\nb,c\nd,e,f\n,\"\n": {"2 : has 1 values, and the first line names 2 columns", "4 : has 3 values", "5 : extraneous or missing \" in quoted-field"},
		"user,person\n\"a\nb,c\n":           {"3 : extraneous or missing \" in quoted-field"},
		"\"user\n":                          {"1 : extraneous or missing \" in quoted-field"},
	} {
		_, err := ParseCSV("p.csv", []byte(data))
		all := []error{err}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = joined.Unwrap()
		}
		if len(all) != len(want) {
			t.Errorf("%q: %v, want %q", data, err, want)
			continue
		}
		for i, err := range all {
			var line *LineError
			if !errors.As(err, &line) || !strings.HasPrefix(fmt.Sprintf("%d %s: %s", line.Line, line.Key, line.Problem), want[i]) {
				t.Errorf("%q: %v, want %s", data, err, want[i])
			}
		}
	}
}

// FuzzParseCSV: whatever is in a file, there is an answer, and what is no fault has a place.
func FuzzParseCSV(f *testing.F) {
	f.Add("user,person\na,b\n")
	f.Add("user,fingerprint,shared\n\"a\n\",\"x\",true\n")
	f.Fuzz(func(t *testing.T, data string) {
		entries, err := ParseCSV("f", []byte(data))
		for _, e := range entries {
			if err == nil && !strings.HasPrefix(e.Place, "f:") {
				t.Errorf("no place: %+v", e)
			}
		}
		_, _ = NewMap(entries)
	})
}
