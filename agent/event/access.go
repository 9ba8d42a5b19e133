package event

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// Has tells whether the record has the field, and not as null.
func (e *Event) Has(f Field) bool { return e.Members[f].Value.Present() }

// Text is the content of a field that is a string; the zero Text where it is absent or something else.
func (e *Event) Text(f Field) Text {
	value := e.Members[f].Value
	if !value.Present() || e.Raw[value.Start] != '"' {
		return Text{}
	}
	return Text{Span: Span{value.Start + 1, value.End - 1}, Escaped: e.escaped.Has(f)}
}

// TextOf is the content of a value, such as Lookup finds, that is a string; the zero Text where it is something else.
func (e *Event) TextOf(value Span) Text {
	if !value.Present() || e.Raw[value.Start] != '"' {
		return Text{}
	}
	content := Span{value.Start + 1, value.End - 1}
	return Text{Span: content, Escaped: bytes.IndexByte(e.Bytes(content), '\\') >= 0}
}

// Bytes are the bytes of a span as they stand in the record; nil where it is absent.
func (e *Event) Bytes(s Span) []byte {
	if !s.Present() {
		return nil
	}
	return e.Raw[s.Start:s.End]
}

// AppendText appends the text with its escapes resolved, as encoding/json would: half a surrogate pair becomes U+FFFD,
// and so does every byte that is not UTF-8.
func (e *Event) AppendText(dst []byte, t Text) []byte {
	content := e.Bytes(t.Span)
	if !t.Escaped && utf8.Valid(content) {
		return append(dst, content...)
	}
	return appendText(dst, content)
}

// AppendQuoted appends the text as a JSON string, just as it stands in the record; "" where it is absent.
func (e *Event) AppendQuoted(dst []byte, t Text) []byte {
	dst = append(dst, '"')
	dst = append(dst, e.Bytes(t.Span)...)
	return append(dst, '"')
}

// String is the text with its escapes resolved. It allocates: not for the hot path.
func (e *Event) String(t Text) string { return string(e.AppendText(nil, t)) }

// Equal tells whether the text, resolved as by AppendText, is s. It does not allocate.
func (e *Event) Equal(t Text, s string) bool {
	content := e.Bytes(t.Span)
	if !t.Escaped && len(content) >= len(s) { // a byte that is not UTF-8 means three, so nothing else can be s
		return string(content) == s && utf8.ValidString(s)
	}
	return (t.Escaped || mayHideInvalid(s)) && equal(content, s)
}

// HasPrefix tells whether the text, resolved as by AppendText, begins with s, which is UTF-8. It does not allocate.
func (e *Event) HasPrefix(t Text, s string) bool {
	content := e.Bytes(t.Span)
	if !t.Escaped && len(content) >= len(s) && string(content[:len(s)]) == s {
		return utf8.ValidString(s)
	}
	if !t.Escaped && (differ(content, s) || !mayHideInvalid(s)) {
		return false
	}
	_, ok := cutPrefix(content, s)
	return ok
}

// differ tells, for content without escapes, that it does not begin as s does: most that do not can be told by their first byte.
func differ(content []byte, s string) bool {
	return len(content) > 0 && len(s) > 0 && content[0] != s[0] && content[0] < utf8.RuneSelf
}

// Strings walks over the strings of an array such as groups or sourceIPs. Other values in it are passed over.
func (e *Event) Strings(array Span) iter.Seq[Text] {
	return func(yield func(Text) bool) { e.eachString(array, yield) }
}

func (e *Event) eachString(array Span, yield func(Text) bool) {
	for w := e.walk(array, '['); w.next(false); {
		if t := e.TextOf(w.value); t.Present() && !yield(t) {
			return
		}
	}
}

// Lookup is the value of a key in an object such as annotations or extra, quotes and brackets included. Where the key
// stands there more than once, the last one counts, as in encoding/json.
func (e *Event) Lookup(object Span, key string) (value Span, ok bool) {
	for w := e.walk(object, '{'); w.next(true); {
		if e.Equal(w.key, key) {
			value, ok = w.value, true
		}
	}
	return value, ok
}

// Elements walks over the values of an array, quotes and brackets included; over nothing where it is none.
func (e *Event) Elements(array Span) iter.Seq[Span] {
	return func(yield func(Span) bool) { e.eachElement(array, yield) }
}

func (e *Event) eachElement(array Span, yield func(Span) bool) {
	for w := e.walk(array, '['); w.next(false); {
		if !yield(w.value) {
			return
		}
	}
}

// FindAlone is Find where nothing stands beside the keys: every object on the way has that one member; else the zero Span.
func (e *Event) FindAlone(value Span, keys ...string) Span {
	for _, key := range keys {
		object, members := value, 0
		value = Span{}
		for w := e.walk(object, '{'); w.next(true); members++ {
			if members > 0 || !e.Equal(w.key, key) {
				return Span{}
			}
			value = w.value
		}
	}
	return value
}

// Find is the value that the keys lead to, object by object, from the value of a field; the zero Span where there is none.
func (e *Event) Find(value Span, keys ...string) Span {
	for _, key := range keys {
		value, _ = e.Lookup(value, key)
	}
	return value
}
