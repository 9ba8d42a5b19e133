package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func encoded(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(JSON(&b))
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]string{text: text}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                  "plain",
		"Zoë Müller, 監査":         "Zoë Müller, 監査",
		"\x1b[2J":                `\u001b[2J`,
		"\u009b2J\x7f":           `\u009b2J\u007f`,
		"\u202egnp.exe\u2066":    `\u202egnp.exe\u2066`,
		"\u200b\ufeff\U000e0041": `\u200b\ufeff\udb40\udc41`,
	} {
		if got := encoded(t, text); !strings.Contains(got, `"`+want+`": "`+want+`"`) {
			t.Errorf("%q: got %s", text, got)
		}
	}
}

// Whatever a text holds, it is read again as it was, and nothing that a terminal obeys is written.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"", "a\x00\x1b]0;x\a", "\u009d8;;http://x\u009c", "\u2028\u2029\u00a0\u061c", "\U0001f600\U000f0000", "\\u001b\"", "\xff\xc2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := encoded(t, text)
		for _, r := range out {
			if r != '\n' && !safe(r, utf8.RuneLen(r)) {
				t.Fatalf("%q is written in %q", r, out)
			}
		}
		var got map[string]string
		want := strings.ToValidUTF8(text, "\ufffd")
		if err := json.Unmarshal([]byte(out), &got); err != nil || utf8.ValidString(text) && got[want] != want {
			t.Errorf("%q is read as %q, %v", text, got, err)
		}
	})
}
