package redact

import (
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/event/query"
)

// jsonStep reads the content of a JSON string.
func jsonStep(content []byte) (size, decoded int) {
	if c := content[0]; c != '\\' && c < utf8.RuneSelf {
		return 1, 1
	}
	r, size := event.NextRune(content)
	return size, utf8.RuneLen(r)
}

// queryStep reads a part of a query (application/x-www-form-urlencoded).
func queryStep(content []byte) (size, decoded int) {
	if _, ok := query.Escape(content); ok {
		return 3, 1
	}
	return 1, 1
}

// appendDecoded appends a part of a query as net/url decodes it. What is no escape is taken as it is.
func appendDecoded(dst, content []byte) []byte {
	for len(content) > 0 {
		c, ok := query.Escape(content)
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

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
