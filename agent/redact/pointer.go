package redact

import (
	"bytes"
	"strconv"

	"github.com/auditship/auditship/agent/event"
)

// patched is the place of the value of a JSON patch (RFC 6902), by the content of its path (RFC 6901): as if the value stood
// there. The name beside it is not known then: what may have one is hidden.
func (w *walker) patched(q place, path []byte) place {
	w.pointer = event.AppendResolved(w.pointer[:0], path)
	rest := w.pointer
	p := place{flags: q.flags}.root()
	if len(rest) > 0 && rest[0] != '/' {
		return place{class: secret} // no path at all: nobody knows what this is
	}
	w.matcher.restart()
	for len(rest) > 0 && !p.hidden() {
		var key []byte
		key, rest = token(rest[1:])
		p = w.byPointer(p, key)
		w.matcher.follow(pointerStep(key))
		p = w.byRule(p)
	}
	w.matcher.join()
	return p
}

// pointerStep is a part of a pointer as a step. "-" is the element that is to be.
func pointerStep(key []byte) step {
	if !isIndex(key) {
		return step{key: key}
	}
	n, _ := strconv.Atoi(string(key))
	return step{index: n}
}

func (w *walker) byPointer(p place, key []byte) place {
	word := wordOf(key)
	switch {
	case isIndex(key) && p.class != annotations && p.class != secretData && p.class != secretStrings:
		return elementOf(p)
	case word == valueWord && p.class == element:
		p.class = secret
		return p
	}
	return w.child(p, word, key, nil)
}

// token cuts the first part off a pointer; it resolves its escapes in place.
func token(pointer []byte) (key, rest []byte) {
	end := bytes.IndexByte(pointer, '/')
	if end < 0 {
		end = len(pointer)
	}
	key, rest = pointer[:0], pointer[end:]
	for i := 0; i < end; i++ {
		c := pointer[i]
		if c == '~' && i+1 < end && (pointer[i+1] == '0' || pointer[i+1] == '1') {
			i++
			c = "~/"[pointer[i]-'0']
		}
		key = append(key, c)
	}
	return key, rest
}

func isIndex(key []byte) bool {
	if string(key) == "-" {
		return true
	}
	for _, c := range key {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(key) > 0
}
