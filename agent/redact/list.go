package redact

import (
	"strconv"
	"unicode/utf8"
)

// These bound what auditship.redacted may become: an attacker chooses keys and how many there are.
const (
	mostListed = 32
	longestKey = 64
	deepest    = 16 // shown keys of one path; what is left out in its middle is an ellipsis
)

// step is one step into a document: a key, or an index where key is nil.
type step struct {
	key   []byte // resolved
	index int
}

// list is what auditship.redacted will hold: a JSON array of paths.
type list struct {
	path  []step
	text  []byte
	last  span // of text: the last path that was added
	count int
}

func (l *list) reset() { *l = list{path: l.path[:0], text: l.text[:0]} }

func (l *list) push(s step) { l.path = append(l.path, s) }

func (l *list) pop() { l.path = l.path[:len(l.path)-1] }

// add lists the present path, unless it was the last one already.
func (l *list) add() {
	if l.count >= mostListed {
		l.count++
		return
	}
	start := len(l.text)
	l.text = append(l.text, ',', '"')
	from := len(l.text)
	for i, s := range l.path {
		if hidden := len(l.path) - deepest; i < deepest/2 || i >= deepest/2+hidden {
			l.text = appendStep(l.text, s, i == 0)
		} else if i == deepest/2 {
			l.text = append(l.text, "…"...)
		}
	}
	path := span{from, len(l.text)}
	l.text = append(l.text, '"')
	if string(l.text[path.start:path.end]) == string(l.text[l.last.start:l.last.end]) {
		l.text = l.text[:start]
		return
	}
	l.last = path
	l.count++
}

// size is how many bytes finish appends at most.
func (l *list) size() int { return len(l.text) + len(`[]`) + len(`,"…and 9223372036854775807 more"`) }

// finish appends the array.
func (l *list) finish(dst []byte) []byte {
	dst = append(append(dst, '['), l.text[1:]...)
	if more := l.count - mostListed; more > 0 {
		dst = append(dst, `,"…and `...)
		dst = append(strconv.AppendInt(dst, int64(more), 10), ` more"`...)
	}
	return append(dst, ']')
}

// appendStep appends .key, ['a.b/c'] or [3], as the content of a JSON string. The first is one of ours.
func appendStep(dst []byte, s step, first bool) []byte {
	switch {
	case first:
		return append(dst, s.key...)
	case s.key == nil:
		dst = append(dst, '[')
		return append(strconv.AppendInt(dst, int64(s.index), 10), ']')
	case isPlainKey(s.key):
		return append(append(dst, '.'), s.key...)
	}
	dst = append(dst, "['"...)
	dst = appendQuotable(dst, s.key)
	return append(dst, "']"...)
}

// isPlainKey tells whether a key can be told from what is around it without quotes.
func isPlainKey(key []byte) bool {
	if len(key) == 0 || len(key) > longestKey {
		return false
	}
	for _, c := range key {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// appendQuotable appends a key, cut to a length, with everything escaped that JSON, a terminal or the quotes around it would mind.
func appendQuotable(dst, key []byte) []byte {
	for start := len(dst); len(key) > 0; {
		r, size := utf8.DecodeRune(key)
		if len(dst)-start >= longestKey {
			return append(dst, "…"...)
		}
		if r < ' ' || r == '"' || r == '\\' || r == '\'' || r >= 0x7f {
			dst = appendUnicode(dst, r)
		} else {
			dst = append(dst, byte(r))
		}
		key = key[size:]
	}
	return dst
}

// appendUnicode appends \uXXXX, as a pair where it takes one.
func appendUnicode(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return appendUnicode(appendUnicode(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
	}
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&0xf], digits[r>>8&0xf], digits[r>>4&0xf], digits[r&0xf])
}
