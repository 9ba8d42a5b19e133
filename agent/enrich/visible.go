package enrich

import (
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/terminal"
)

// appendVisible appends a text of the event, its beginning if it is long, so that it is content of a JSON string that is safe
// to look at: see appendEscaped.
func (w *what) appendVisible(dst []byte, e *event.Event, t event.Text) []byte {
	if content := e.Bytes(t.Span); !t.Escaped && len(content) <= maxName && printable(content) {
		return append(dst, content...)
	}
	w.visible = appendName(w.visible[:0], e, t)
	decoded := len(w.visible)
	w.visible = terminal.AppendEscaped(w.visible, w.visible[:decoded])
	return event.AppendContent(dst, w.visible[decoded:])
}

// appendEscaped appends decoded text with all that is not printable as an escape of Go, such as \x1b or \u202e, which stays
// visible when the JSON around it is decoded.
func (w *what) appendEscaped(dst, text []byte) []byte {
	if plain(text) {
		return append(dst, text...)
	}
	w.visible = terminal.AppendEscaped(w.visible[:0], text)
	return event.AppendContent(dst, w.visible)
}

// appendName appends the beginning of a text of the event, decoded, and "…" where that is not all.
func appendName(dst []byte, e *event.Event, t event.Text) []byte {
	t, all := e.Clip(t, maxName)
	dst = e.AppendText(dst, t)
	if !all {
		dst = append(dst, "…"...)
	}
	return dst
}

// printable tells whether the content of a JSON string without escapes is ASCII, but DEL: it has no control characters.
func printable(content []byte) bool {
	all := byte(0)
	for _, c := range content {
		all |= c | (c + 1)
	}
	return all < 0x80
}

// plain tells whether text is printable ASCII that stands for itself in JSON.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
