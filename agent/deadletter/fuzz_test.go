package deadletter

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// FuzzRecord: whatever a record holds, its letter is one line, and is read again as it was.
func FuzzRecord(f *testing.F) {
	for _, seed := range []string{"", "a", "\x00", "\xff\xfe", "\xed\xa0\x80", "line\nbreak\r", "\u2028<script>&\x1b[2J", `{"record":"x","id":"y"}`, strings.Repeat("\\", 100)} {
		f.Add([]byte(seed), "torn")
	}
	f.Fuzz(func(t *testing.T, record []byte, reason string) {
		want := Letter{Time: time.Unix(1e9, 5).UTC(), Reason: reason, Record: record}
		line, err := want.appendLine(nil)
		if err != nil || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("wrote %q, %v", line, err)
		}
		got, err := Parse(line)
		if err != nil || !bytes.Equal(got.Record, record) || got.ID() != want.ID() || !got.Time.Equal(want.Time) {
			t.Errorf("read %+v, %v", got, err)
		}
	})
}

// FuzzParse: what is taken for a letter holds the record that its ID names.
func FuzzParse(f *testing.F) {
	line, err := (&Letter{Reason: "torn", Record: []byte("a\xff")}).appendLine(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(line), "", "null", "{}", `{"record":"a","record_base64":"YQ==","id":"ca978112ca1bbdcafac231b39a23dc4d"}`, `{"id":"e3b0c44298fc1c149afbf4c8996fb924","record":null}`, strings.Repeat("[", 1000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		letter, err := Parse(text)
		if err == nil && !bytes.Contains(text, []byte(letter.ID().String())) {
			t.Errorf("%q is taken for %+v", text, letter)
		}
	})
}
