package forward

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/agent/event"
)

const (
	// maxDepth is how deep a record may be nested. Decoders have limits: 32 levels in msgpack-c unless it was built otherwise
	// (include/msgpack/unpack_define.h), and there are an array and a map around what users write. What lies deeper is the string of
	// its JSON.
	maxDepth = 28

	str32   = 0xdb
	array32 = 0xdd
	map32   = 0xdf
)

// appendValue appends the JSON value at b[i:] as msgpack, and tells where it ends. The JSON must be valid, and the value inside of
// an object, or one.
//
// How many members an object has is known at its end, so maps and arrays are written in their longest form, whose length can be
// filled in.
func appendValue(dst, b []byte, i, depth int) ([]byte, int) {
	switch b[i] {
	case '{', '[':
		if depth == maxDepth {
			end := event.ValueEnd(b, i)
			return appendText(dst, b[i:end]), end
		}
		return appendMembers(dst, b, i, depth+1)
	case '"':
		return appendString(dst, b, i)
	case 't':
		return msgp.AppendBool(dst, true), i + len("true")
	case 'f':
		return msgp.AppendBool(dst, false), i + len("false")
	case 'n':
		return msgp.AppendNil(dst), i + len("null")
	}
	end := event.ValueEnd(b, i)
	return appendNumber(dst, b[i:end]), end
}

// appendMembers appends an object or an array.
func appendMembers(dst, b []byte, i, depth int) ([]byte, int) {
	keyed := b[i] == '{'
	closing := b[i] + 2
	head := len(dst)
	dst = append(dst, array32, 0, 0, 0, 0)
	if keyed {
		dst[head] = map32
	}
	n := uint32(0)
	i = event.Space(b, i+1)
	for b[i] != closing {
		if keyed {
			dst, i = appendString(dst, b, i)
			i = event.Space(b, event.Space(b, i)+1) // behind the colon
		}
		dst, i = appendValue(dst, b, i, depth)
		n++
		if i = event.Space(b, i); b[i] == ',' {
			i = event.Space(b, i+1)
		}
	}
	binary.BigEndian.PutUint32(dst[head+1:], n)
	return dst, i + 1
}

// appendString appends the string whose first quote is at i.
func appendString(dst, b []byte, i int) ([]byte, int) {
	end, escaped := event.StringEnd(b, i+1)
	content := b[i+1 : end]
	if escaped {
		head := len(dst)
		dst = event.AppendResolved(append(dst, str32, 0, 0, 0, 0), content)
		binary.BigEndian.PutUint32(dst[head+1:], uint32(len(dst)-head-5))
		return dst, end + 1
	}
	return appendText(dst, content), end + 1
}

// appendText appends a string as it is, but for what is not UTF-8, which no string of msgpack may hold: it becomes U+FFFD.
func appendText(dst, text []byte) []byte {
	if utf8.Valid(text) {
		return msgp.AppendStringFromBytes(dst, text)
	}
	head := len(dst)
	dst = append(dst, str32, 0, 0, 0, 0)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		dst, text = utf8.AppendRune(dst, r), text[size:]
	}
	binary.BigEndian.PutUint32(dst[head+1:], uint32(len(dst)-head-5))
	return dst
}
