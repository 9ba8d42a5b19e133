package event

import (
	"bytes"
	"strings"
	"testing"
)

// compareMember holds the comparison of words against key and find, for what stands at i of a record.
func compareMember(t *testing.T, n *names, record string, i int) {
	t.Helper()
	var d Decoder
	d.data = []byte(record)
	d.look()
	for expect := range len(n.list) + 1 {
		key, want := d.key(i)
		wantF := 0
		if want >= 0 {
			wantF = d.find(n.keys, expect, key)
		}
		if f, value := d.member(n, expect, i); value != want || value >= 0 && f != wantF {
			t.Errorf("%s: member %d with a value at %d, want %d and %d", record, f, value, wantF, want)
		}
	}
}

func TestExpectedMember(t *testing.T) {
	for _, keys := range [][]string{fieldNames[:], identityNames[:], targetNames[:], statusNames[:], annotationNames[:]} {
		n := newNames(keys)
		for _, key := range keys {
			record := `{"` + key + `":1}`
			compareMember(t, n, record, 1)
			compareMember(t, n, strings.Replace(record, ":", ": \t", 1), 1)
			for i := range record {
				cut := record[:i] + "}"
				if len(cut) > 1 {
					compareMember(t, n, cut, 1)
				}
				for _, c := range []string{`"`, `\`, ` `, `x`, `:`, "\x00"} {
					if i > 0 && i < len(record)-1 {
						compareMember(t, n, record[:i]+c+record[i+1:], 1)
						compareMember(t, n, record[:i]+c+record[i:], 1)
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
		for expect := range len(keys) + 1 {
			if f, value := d.member(n, expect, 1); f != i || value != len(key)+4 {
				t.Errorf("%s is taken for %d, with a value at %d", key, f, value)
			}
		}
		d.data = bytes.ToUpper(d.data)
		if f, _ := d.member(n, 0, 1); f != len(keys) {
			t.Errorf("%s is found", d.data)
		}
	}
}
