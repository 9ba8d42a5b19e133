package event

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestClip: every cut of a text is a beginning of it, as long as it may be, and whole characters.
func TestClip(t *testing.T) {
	for _, content := range []string{"", "abc", "Zo\u00eb M", `a\u00ebb\n\"c\\`, `x\ud83d\ude00y`, `\ud83dz`, "日本語", "a\xffb", "e\u0301"} {
		e := decode(t, `{"auditID":"1","stage":"Panic","userAgent":"`+content+`"}`)
		text := e.Text(UserAgent)
		whole := e.String(text)
		for max := range len(content) + 2 {
			got, all := e.Clip(text, max)
			s := e.String(got)
			if got.Len() > max || all != (got == text) || all != (len(content) <= max) || !strings.HasPrefix(whole, s) {
				t.Errorf("%s at %d: %s, %v", strconv.QuoteToASCII(content), max, e.Bytes(got.Span), all)
			}
			if _, size := utf8.DecodeRuneInString(whole[len(s):]); !all && got.Len()+6*size <= max {
				t.Errorf("%s at %d: stops at %q", strconv.QuoteToASCII(content), max, s)
			}
		}
	}
}
