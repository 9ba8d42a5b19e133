package ecs

import (
	"strconv"
	"unicode/utf8"

	"github.com/auditship/auditship/agent/event"
)

// longest is how many bytes a text may have to be copied: Lucene takes no term of more than 32,766 bytes, and a document is
// not to grow by much. The field under kubernetes.audit has all of it.
const longest = 8191

// writer appends members of objects. It leaves out what there is none of, and objects without members.
type writer struct {
	dst   []byte
	start [4]int // where the open objects begin
	depth int
}

func (w *writer) open(name string) {
	w.start[w.depth] = len(w.dst)
	w.depth++
	w.name(name)
	w.dst = append(w.dst, '{')
}

func (w *writer) close() {
	w.depth--
	if w.dst[len(w.dst)-1] == '{' {
		w.dst = w.dst[:w.start[w.depth]]
		return
	}
	w.dst = append(w.dst, '}')
}

func (w *writer) name(name string) {
	if c := w.dst[len(w.dst)-1]; c != '{' && c != '[' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(append(append(w.dst, '"'), name...), '"', ':')
}

// raw appends a member whose value is JSON.
func (w *writer) raw(name string, value []byte) {
	if len(value) > 0 && fit(value) {
		w.name(name)
		w.dst = append(w.dst, value...)
	}
}

// text appends a member whose value is a text of the record, just as it stands there.
func (w *writer) text(name string, e *event.Event, t event.Text) {
	if t.Len() > 0 && fit(e.Bytes(t.Span)) {
		w.name(name)
		w.dst = e.AppendQuoted(w.dst, t)
	}
}

// word appends a member whose value is a string that needs no escapes.
func (w *writer) word(name, value string) {
	if value != "" {
		w.name(name)
		w.dst = append(append(append(w.dst, '"'), value...), '"')
	}
}

// time appends a member whose value is a timestamp of the record, if it is one.
func (w *writer) time(name string, e *event.Event, f event.Field) {
	before := len(w.dst)
	w.name(name)
	dst, ok := e.AppendTime(w.dst, f)
	if !ok {
		dst = dst[:before]
	}
	w.dst = dst
}

// fit tells whether a copy may be made: a server that sees one byte that is not UTF-8 refuses the whole event.
func fit(text []byte) bool { return len(text) <= longest && utf8.Valid(text) }

func (w *writer) array(name string) {
	w.open(name)
	w.dst[len(w.dst)-1] = '['
}

func (w *writer) endArray() {
	w.depth--
	if w.dst[len(w.dst)-1] == '[' {
		w.dst = w.dst[:w.start[w.depth]]
		return
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) element(e *event.Event, t event.Text) {
	if t.Len() > 0 && fit(e.Bytes(t.Span)) {
		w.comma()
		w.dst = e.AppendQuoted(w.dst, t)
	}
}

func (w *writer) rawElement(value []byte) {
	if len(value) > 0 && fit(value) {
		w.comma()
		w.dst = append(w.dst, value...)
	}
}

func (w *writer) comma() {
	if w.dst[len(w.dst)-1] != '[' {
		w.dst = append(w.dst, ',')
	}
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}
