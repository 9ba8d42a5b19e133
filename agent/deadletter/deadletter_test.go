package deadletter

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// lineOf is what encoding/json makes of a letter.
func lineOf(t *testing.T, l *Letter) string {
	t.Helper()
	out := line{Time: l.Time.UTC(), Reason: l.Reason, ID: l.ID().String()}
	if utf8.Valid(l.Record) {
		out.Record = string(l.Record)
	} else {
		out.Base64 = l.Record
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// Records that are longer than a piece are escaped in pieces, wherever a character stands.
func TestLinesAreThoseOfJSON(t *testing.T) {
	long := strings.Repeat("x", piece-2)
	for _, record := range []string{
		"", "x", "\"\\\b\x00\x1f\x7f<>&\u2028", "\xff", long + "\xff" + long, long, long + "ab", long + "a\"b",
		long + "é", long + "aé", long + "€", long + "a€", long + "😀", long + "a😀", long + "\ufffd\ufffd" + long + long,
	} {
		l := Letter{Time: time.Unix(1, 2), Reason: "why <so>", Record: []byte(record)}
		got, err := l.appendLine([]byte("before"))
		if err != nil || string(got) != "before"+lineOf(t, &l) {
			t.Errorf("%d bytes: %v, got\n%.200q", len(record), err, got)
			continue
		}
		if again, err := Parse(got[len("before"):]); err != nil || !bytes.Equal(again.Record, l.Record) {
			t.Errorf("%d bytes: read again: %v", len(record), err)
		}
	}
	if _, err := (&Letter{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}).appendLine(nil); err == nil {
		t.Error("no error for a time that JSON does not have")
	}
}
