package event

import (
	"bytes"
	"strings"
	"testing"
)

// compareMember holds the comparison of words against key and find, for what stands at i of a record.
func compareMember(t *testing.T, n names, keys []string, record string, i int) (found bool) {
	t.Helper()
	var d Decoder
	d.data = []byte(record)
	d.look()
	wantKey, want := d.key(i)
	for expect := range len(n) + 1 {
		f, value := d.expected(n, expect, i)
		if value == 0 {
			continue
		}
		found = true
		if f < expect || want != value || d.find(keys, 0, wantKey) != f {
			t.Errorf("%s: member %d with a value at %d, want %d and %d", record, f, value, d.find(keys, 0, wantKey), want)
		}
	}
	return found
}

func TestExpectedMember(t *testing.T) {
	for _, keys := range [][]string{fieldNames[:], identityNames[:], targetNames[:], statusNames[:], annotationNames[:]} {
		n := newNames(keys)
		for _, key := range keys {
			record := `{"` + key + `":1}`
			if !compareMember(t, n, keys, record, 1) || !compareMember(t, n, keys, strings.Replace(record, ":", ": \t", 1), 1) {
				t.Errorf("%s is not found", key)
			}
			for i := range record {
				cut := record[:i] + "}"
				if len(cut) > 1 {
					compareMember(t, n, keys, cut, 1)
				}
				for _, c := range []string{`"`, `\`, ` `, `x`, `:`, "\x00"} {
					if i > 0 && i < len(record)-1 {
						compareMember(t, n, keys, record[:i]+c+record[i+1:], 1)
						compareMember(t, n, keys, record[:i]+c+record[i:], 1)
					}
				}
			}
		}
	}
}

// TestExpectedMemberBehind looks at names that others begin with, and at what comes before the expected one.
func TestExpectedMemberBehind(t *testing.T) {
	keys := []string{"a", "ab", "abcdefgh", "abcdefghi", "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyZ"}
	n := newNames(keys)
	for i, key := range keys {
		d := Decoder{data: []byte(`{"` + key + `":0}     }`)}
		if f, value := d.expected(n, 0, 1); f != i || value != len(key)+4 {
			t.Errorf("%s is taken for %d, with a value at %d", key, f, value)
		}
		if _, value := d.expected(n, i+1, 1); value != 0 {
			t.Errorf("%s is found behind itself", key)
		}
		d.data = bytes.ToUpper(d.data)
		if _, value := d.expected(n, 0, 1); value != 0 {
			t.Errorf("%s is found", d.data)
		}
	}
}
