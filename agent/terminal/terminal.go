// Package terminal makes text fit for a terminal. Attackers write parts of every audit event (user agents, names, bodies),
// and what reaches a terminal raw can move the cursor, rewrite lines above, set the clipboard or reorder what is read:
// CVE-2021-42574 for bidirectional controls, ECMA-48 for escape sequences.
package terminal

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Escape returns text in which every rune that is not printable is written as an escape of Go (\n, \x1b, \u202e): control
// characters, bidirectional and invisible ones, line separators, bytes that are not UTF-8, and all spaces but U+0020. What
// it returns is one line. Backslashes stay as they are, so it cannot be undone. It allocates only where it changes something.
func Escape(text string) string {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !safe(r, size) {
			return string(AppendEscaped([]byte(text[:i]), text[i:]))
		}
		i += size
	}
	return text
}

// AppendEscaped appends Escape(text) to dst.
func AppendEscaped[T string | []byte](dst []byte, text T) []byte {
	for len(text) > 0 {
		r, size := decode(text)
		switch {
		case safe(r, size):
			dst = append(dst, text[:size]...)
		case r == utf8.RuneError && size == 1:
			dst = append(dst, '\\', 'x', hex[text[0]>>4], hex[text[0]&15])
		default:
			quoted := strconv.QuoteRune(r)
			dst = append(dst, quoted[1:len(quoted)-1]...)
		}
		text = text[size:]
	}
	return dst
}

const hex = "0123456789abcdef"

func safe(r rune, size int) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r < 0x7f
	}
	return unicode.IsPrint(r) && (r != utf8.RuneError || size > 1)
}

func decode[T string | []byte](text T) (rune, int) {
	switch text := any(text).(type) {
	case string:
		return utf8.DecodeRuneInString(text)
	case []byte:
		return utf8.DecodeRune(text)
	}
	panic("unreachable")
}
