package query

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// read is what this package makes of a query.
func read(query string) url.Values {
	values := url.Values{}
	pairs := Pairs(query)
	for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
		k := string(Append(nil, key))
		values[k] = append(values[k], string(Append(nil, value)))
	}
	return values
}

var queries = []string{
	"", "&&", "a", "a=", "=a", "a=b", "a=b&a=c", "a=b=c", "a+b=c+d", "%61=%62", "a%3Db=c%26d", "a=%", "a=%z1", "%=a", "%6=1", "a=%4", "a=b;c&d=e",
	"dryRun=All", "a=b&dryRun=All", "dryRun=%41ll", "dryRun=All;x", "dry+Run=All", "dryRun=A%", "&&=&dryRun=All&", "dryRun=All=", "?dryRun=All", "dry%52un=Al%6C",
	"command=sh&command=-c&command=cat+%2Fetc%2Fshadow&container=main&stderr=true&stdout=true",
	"command=echo+%27za%C5%BC%C3%B3%C5%82%C4%87+%F0%9F%9A%80+%26+%22quoted%22%27", "dryRun=All;&dryRun=%41ll", "a=%ff%00%E2%80%AE", "\xff=\x00",
}

// TestSame: the same pairs as net/url finds, and none that it drops.
func TestSame(t *testing.T) {
	for _, q := range queries {
		want, _ := url.ParseQuery(q) // what was well-formed
		if got := read(q); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
	}
}

func FuzzSame(f *testing.F) {
	for _, q := range queries {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if strings.Count(q, "&") >= 10_000 {
			t.Skip("more than net/url reads by default")
		}
		want, _ := url.ParseQuery(q)
		if got := read(q); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
		if got := Has([]byte("/x?"+q), "dryRun", "All"); got != slices.Contains(want["dryRun"], "All") {
			t.Errorf("%q has dryRun=All: %v", q, got)
		}
		pairs := Pairs(q)
		for key, value, ok := pairs.Next(); ok; key, value, ok = pairs.Next() {
			for _, part := range [][]byte{key, value} {
				text := string(Append(nil, part))
				if !Is(part, text) || Is(part, text+"x") || text != "" && (Is(part, text[1:]) || Is(part, text[:len(text)-1])) {
					t.Errorf("%q is not told to be %q", part, text)
				}
			}
		}
	})
}

func TestSplit(t *testing.T) {
	for _, tt := range [][3]string{{"/api?a=b?c", "/api", "a=b?c"}, {"/api", "/api", ""}, {"", "", ""}, {"/a%3Fb?", "/a%3Fb", ""}} {
		if path, query := Split([]byte(tt[0])); string(path) != tt[1] || string(query) != tt[2] {
			t.Errorf("%q: %q, %q", tt[0], path, query)
		}
	}
}

func TestIsDoesNotConfuse(t *testing.T) {
	for _, tt := range []struct {
		encoded, s string
		want       bool
	}{{"a+b", "a b", true}, {"a+b", "a+b", false}, {"a%2Bb", "a+b", true}, {"a%2Bb", "a%2Bb", false}, {"", "", true}, {"%41ll", "All", true}, {"al", "all", false}} {
		if Is([]byte(tt.encoded), tt.s) != tt.want {
			t.Errorf("Is(%q, %q) is not %v", tt.encoded, tt.s, tt.want)
		}
	}
}

func BenchmarkPairs(b *testing.B) {
	q := []byte(queries[17])
	b.SetBytes(int64(len(q)))
	b.ReportAllocs()
	for b.Loop() {
		pairs := Pairs(q)
		for _, _, ok := pairs.Next(); ok; _, _, ok = pairs.Next() {
		}
	}
}
