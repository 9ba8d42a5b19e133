package enrich

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// These cut texts where they stand in the record, so that the parts can be copied from there as they are. A character
// may be written with an escape: "\u003a" is a colon.

// cutPrefix is what follows prefix in the text. The prefix is ASCII.
func cutPrefix(e *event.Event, t event.Text, prefix string) (event.Text, bool) {
	content := e.Bytes(t.Span)
	if !t.Escaped {
		if len(content) < len(prefix) || string(content[:len(prefix)]) != prefix {
			return event.Text{}, false
		}
		return part(e, t, len(prefix), len(content)), true
	}
	at := 0
	for i := range len(prefix) {
		if at >= len(content) {
			return event.Text{}, false
		}
		c, size := char(content[at:])
		if c != prefix[i] {
			return event.Text{}, false
		}
		at += size
	}
	return part(e, t, at, len(content)), true
}

// cut gives what is before the first character that is one of ends, and what is behind that.
func cut(e *event.Event, t event.Text, ends string) (before, after event.Text, found bool) {
	content := e.Bytes(t.Span)
	at := 0
	if !t.Escaped {
		at = until(content, ends)
	}
	for at < len(content) {
		c, size := char(content[at:])
		if strings.IndexByte(ends, c) >= 0 {
			return part(e, t, 0, at), part(e, t, at+size, len(content)), true
		}
		at += size
	}
	return t, event.Text{}, false
}

// until is the position of the first byte that is one of ends; the end where there is none.
func until(content []byte, ends string) int {
	for i := range len(ends) {
		if at := bytes.IndexByte(content, ends[i]); at >= 0 {
			content = content[:at]
		}
	}
	return len(content)
}

// part is a part of a text by positions in its content.
func part(e *event.Event, t event.Text, from, to int) event.Text {
	p := event.Text{Span: event.Span{Start: t.Start + uint32(from), End: t.Start + uint32(to)}}
	if t.Escaped {
		for _, c := range e.Bytes(p.Span) {
			p.Escaped = p.Escaped || c == '\\'
		}
	}
	return p
}

// char is the first character of the content of a JSON string if it is ASCII, else a byte that is not, and how many bytes it takes.
func char(content []byte) (c byte, size int) {
	r, size := event.NextRune(content)
	if r >= utf8.RuneSelf {
		return 0xff, size
	}
	return byte(r), size
}
