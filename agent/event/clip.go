package event

import "unicode/utf8"

// Clip is the longest beginning of the text that takes at most max bytes in the record and ends between two characters;
// all tells whether that is the whole text. It does not allocate.
func (e *Event) Clip(t Text, max int) (clipped Text, all bool) {
	if t.Len() <= max {
		return t, true
	}
	content, end := e.Bytes(t.Span), 0
	for end < max {
		size := 1
		if c := content[end]; c == '\\' || c >= utf8.RuneSelf {
			_, size = nextRune(content[end:])
		}
		if end+size > max {
			break
		}
		end += size
	}
	t.End = t.Start + uint32(end)
	return t, false
}
