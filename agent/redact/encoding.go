package redact

import (
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// jsonStep reads the content of a JSON string.
func jsonStep(content []byte) (size, decoded int) {
	if c := content[0]; c != '\\' && c < utf8.RuneSelf {
		return 1, 1
	}
	r, size := event.NextRune(content)
	return size, utf8.RuneLen(r)
}

// escapeQuotes is all that our texts need to be the content of a JSON string.
func escapeQuotes(dst, text []byte) []byte {
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// queryStep reads a part of a query (application/x-www-form-urlencoded).
func queryStep(content []byte) (size, decoded int) {
	if _, ok := percent(content); ok {
		return 3, 1
	}
	return 1, 1
}

// appendDecoded appends a part of a query as net/url decodes it. What is no escape is taken as it is.
func appendDecoded(dst, content []byte) []byte {
	for len(content) > 0 {
		c, ok := percent(content)
		switch {
		case ok:
			content = content[2:]
		case content[0] == '+':
			c = ' '
		default:
			c = content[0]
		}
		dst, content = append(dst, c), content[1:]
	}
	return dst
}

// percent is the byte that an escape at the beginning of content stands for.
func percent(content []byte) (c byte, ok bool) {
	if len(content) < 3 || content[0] != '%' {
		return 0, false
	}
	high, ok1 := hexDigit(content[1])
	low, ok2 := hexDigit(content[2])
	return high<<4 | low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
