package event

import "unicode/utf8"

// These are for walking through what Decode has found to be valid, without an Event: a record, or a document that stands in
// one of its strings. They trust in that: positions must be those of tokens.

// StringEnd is the position of the quote that ends the string whose content begins at i; escaped tells that there is a
// backslash in it.
func StringEnd(b []byte, i int) (end int, escaped bool) { return stringEnd(b, i) }

// ValueEnd is the position behind the value at i. A byte must follow a number.
func ValueEnd(b []byte, i int) int { return valueEnd(b, i) }

// Space is the position of the first byte from i on that is not white space. There must be one.
func Space(b []byte, i int) int { return space(b, i) }

// AppendResolved appends the content of a string with its escapes resolved, as AppendText of an Event does.
func AppendResolved(dst, content []byte) []byte { return appendText(dst, content) }

// AppendContent appends text as the content of a string: the other way round. What is not UTF-8 becomes U+FFFD.
func AppendContent(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	for i := 0; ; {
		start := i
		for i < len(text) && text[i] >= ' ' && text[i] < utf8.RuneSelf && text[i] != '"' && text[i] != '\\' {
			i++
		}
		dst = append(dst, text[start:i]...)
		if i == len(text) {
			return dst
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		i += size
	}
}

// NextRune is the first character of the content of a string, resolved, and how many bytes it takes there.
func NextRune(content []byte) (r rune, size int) { return nextRune(content) }

// Document finds the one object or array that text must be, by the same grammar as a record, with white space around it or
// not. The functions here may walk through text[:end] from start on.
func (d *Decoder) Document(text []byte) (start, end int, ok bool) {
	start, end = trimSpace(text)
	if start == end || text[start] != '{' && text[start] != '[' || text[end-1] != text[start]+2 {
		return 0, 0, false
	}
	d.data = text[:end]
	d.look()
	i := d.skip(start, 0)
	d.data = nil
	return start, end, i == end
}
