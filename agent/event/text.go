package event

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// These resolve the content of a valid JSON string as encoding/json does: half a surrogate pair becomes U+FFFD, and so does
// every byte that is not UTF-8.

// appendText appends the content with its escapes resolved.
func appendText(dst, content []byte) []byte {
	for i := 0; ; {
		start := i
		for i < len(content) && content[i] < utf8.RuneSelf && content[i] != '\\' {
			i++
		}
		dst = append(dst, content[start:i]...)
		if i == len(content) {
			return dst
		}
		r, size := nextRune(content[i:])
		dst = utf8.AppendRune(dst, r)
		i += size
	}
}

// equal tells whether the content, resolved, is s.
func equal(content []byte, s string) bool {
	rest, ok := cutPrefix(content, s)
	return ok && len(rest) == 0
}

// cutPrefix is what follows s in the content, if that, resolved, begins with s.
func cutPrefix(content []byte, s string) ([]byte, bool) {
	for len(s) > 0 {
		if len(content) == 0 {
			return nil, false
		}
		r, size := nextRune(content)
		want, width := utf8.DecodeRuneInString(s)
		if r != want || want == utf8.RuneError && width == 1 {
			return nil, false
		}
		content, s = content[size:], s[width:]
	}
	return content, true
}

// mayHideInvalid tells whether content that is not s byte by byte, and has no escapes, may be s all the same: s may hold
// U+FFFD, of which this is the first byte.
func mayHideInvalid(s string) bool { return strings.IndexByte(s, "\uFFFD"[0]) >= 0 }

// nextRune is the first character of content, and how many bytes it takes there.
func nextRune(content []byte) (r rune, size int) {
	if content[0] != '\\' {
		return utf8.DecodeRune(content)
	}
	if content[1] != 'u' {
		return rune(unescape(content[1])), 2
	}
	r, _ = hex4(content, 2)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(content) >= 12 && content[6] == '\\' && content[7] == 'u' {
		low, _ := hex4(content, 8)
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 is the number that the four hexadecimal digits at i say.
func hex4(b []byte, i int) (r rune, ok bool) {
	if i+4 > len(b) {
		return 0, false
	}
	for _, c := range b[i : i+4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
