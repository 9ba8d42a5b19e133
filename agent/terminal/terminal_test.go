package terminal

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"kubectl/v1.36.0 (linux/amd64)": "kubectl/v1.36.0 (linux/amd64)",
		`system:node:a "b" \n`:          `system:node:a "b" \n`,
		"münchen 北京 🚀":                  "münchen 北京 🚀",
		"a\nb\tc\rd":                    `a\nb\tc\rd`,
		"\x1b[2J\x1b]52;c;aGk=\x07":     `\x1b[2J\x1b]52;c;aGk=\a`,
		"del\x7f nul\x00":               `del\x7f nul\x00`,
		"c1 \u009b2J":                   `c1 \u009b2J`,
		"raw c1 \x9b2J \xff":            `raw c1 \x9b2J \xff`,
		"user\u202egpj.exe":             `user\u202egpj.exe`,
		"\u2066\u2067\u2068\u2069":      `\u2066\u2067\u2068\u2069`,
		"\u061c\u200e\u200f":            `\u061c\u200e\u200f`,
		"ad\u200bmin \u00ad\ufeff":      `ad\u200bmin \u00ad\ufeff`,
		"one\u2028two\u2029\u0085":      `one\u2028two\u2029\u0085`,
		"no\u00a0break":                 `no\u00a0break`,
		"tag \U000e0041":                `tag \U000e0041`,
		"replaced \ufffd":               "replaced \ufffd",
		"\xed\xa0\x80":                  `\xed\xa0\x80`, // a surrogate is not UTF-8
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
		if got := string(AppendEscaped([]byte("<"), []byte(text))); got != "<"+want {
			t.Errorf("AppendEscaped(%q) = %q, want %q", text, got, "<"+want)
		}
	}
}

func TestEscapeDoesNotAllocateForPlainText(t *testing.T) {
	text := strings.Repeat("system:serviceaccount:kube-system:münchen ", 10)
	if got := testing.AllocsPerRun(100, func() { Escape(text) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[2J", "\u202e", "\xff\xfe", "a\nb", "\ufffd", "\U0010ffff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		for _, r := range got {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q lets %U through", got, r)
			}
		}
		if !utf8.ValidString(got) || Escape(got) != got {
			t.Fatalf("%q of %q is not safe", got, text)
		}
		if string(AppendEscaped(nil, []byte(text))) != got || string(AppendEscaped(nil, text)) != got {
			t.Fatalf("the two ways differ for %q", text)
		}
		if !strings.Contains(text, `\`) {
			back, err := strconv.Unquote(`"` + strings.ReplaceAll(got, `"`, `\"`) + `"`)
			if err != nil || back != text {
				t.Fatalf("%q cannot be read back from %q: %v", text, got, err)
			}
		}
	})
}
