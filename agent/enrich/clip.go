package enrich

import (
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// clip is the beginning of a text: whole characters, at most longest bytes as they stand in the record.
func clip(e *event.Event, t event.Text, longest int) event.Text {
	content := e.Bytes(t.Span)
	if len(content) <= longest {
		return t
	}
	at := 0
	for {
		size := width(content[at:])
		if at+size > longest {
			return part(e, t, 0, at)
		}
		at += size
	}
}

// width is how many bytes the first character takes; both halves of a pair are one.
func width(content []byte) int {
	if content[0] != '\\' {
		_, size := utf8.DecodeRune(content)
		return size
	}
	_, size := char(content)
	if size == 6 && isSurrogate(content, 'b') && len(content) >= 12 && content[6] == '\\' && content[7] == 'u' && isSurrogate(content[6:], 'f') {
		return 12
	}
	return size
}

// isSurrogate tells whether an escape is one half of a pair: \ud8.. to \udb.. is the first, \udc.. to \udf.. the second.
func isSurrogate(escape []byte, last byte) bool {
	c := escape[3] | 0x20
	if last == 'b' {
		return escape[2]|0x20 == 'd' && (escape[3] == '8' || escape[3] == '9' || c == 'a' || c == 'b')
	}
	return escape[2]|0x20 == 'd' && c >= 'c' && c <= 'f'
}
