package terminal

import (
	"io"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a\nb": "a\nb", "\n\n": "\n\n", "a\x7fb\x1b[2J\n": "a\\x7fb\\x1b[2J\n", "\xff\u009b\r\n": "\\xff\\u009b\\r\n",
	} {
		var out strings.Builder
		if n, err := io.WriteString(Lines(&out), text); n != len(text) || err != nil || out.String() != want {
			t.Errorf("%q: got %q, %d, %v; want %q", text, out.String(), n, err, want)
		}
	}
}
