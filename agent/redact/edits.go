package redact

import (
	"cmp"
	"slices"
)

// span is a half-open range of bytes.
type span struct{ start, end int }

// edit replaces a part of a document by a text, which stands in edits.text. Nothing is written before all edits are known: what
// lies between them is copied as it is.
type edit struct{ at, by span }

// edits are those of one record. What is found inside of a string of it, at any depth, is first an edit of what the string
// says and then lifted to the string itself.
type edits struct {
	list []edit
	text []byte
	left int  // how many there may be still
	over bool // there was one more
}

// mostEdits is how many there may be in one body: each takes a hundred bytes, and can make ten of one. What has more is hidden
// whole.
const mostEdits = 1 << 16

func (e *edits) reset() { *e = edits{list: e.list[:0], text: e.text[:0]} }

// room takes the place of one edit.
func (e *edits) room() bool {
	e.left--
	e.over = e.over || e.left < 0
	return e.left >= 0
}

// add replaces at by what was appended to text from on.
func (e *edits) add(at span, from int) { e.list = append(e.list, edit{at, span{from, len(e.text)}}) }

// settle sorts the edits from mark on and joins those that overlap: what was to be hidden twice, once as a part of the other.
func (e *edits) settle(mark int) {
	list := e.list[mark:]
	if slices.IsSortedFunc(list, func(a, b edit) int { return cmp.Compare(a.at.start, b.at.end) }) {
		return // one after the other, as they mostly are found
	}
	slices.SortFunc(list, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.at.start, b.at.start), cmp.Compare(b.at.end, a.at.end))
	})
	kept := 0
	for _, next := range list[1:] {
		last := &list[kept]
		if next.at.start >= last.at.end {
			kept++
			list[kept] = next
		} else if next.at.end > last.at.end {
			last.at.end = next.at.end
		}
	}
	e.list = e.list[:mark+kept+1]
}

const mostCompared = 1 << 10

// cover tells whether one of the first n edits replaces all of a part.
func (e *edits) cover(n int, part span) bool {
	if n > mostCompared {
		return false // it only is listed twice
	}
	for _, edit := range e.list[:n] {
		if edit.at.start <= part.start && part.end <= edit.at.end {
			return true
		}
	}
	return false
}

// size is how long the document is with all edits made.
func (e *edits) size(document []byte) int {
	size := len(document)
	for _, edit := range e.list {
		size += edit.by.end - edit.by.start - (edit.at.end - edit.at.start)
	}
	return size
}

// apply appends the document with all edits made.
func (e *edits) apply(dst, document []byte) []byte {
	at := 0
	for _, edit := range e.list {
		dst = append(dst, document[at:edit.at.start]...)
		dst = append(dst, e.text[edit.by.start:edit.by.end]...)
		at = edit.at.end
	}
	return append(dst, document[at:]...)
}

// steps reads an encoding: the first character of what is left, how many bytes it takes there, and how many when decoded.
type steps func(content []byte) (size, decoded int)

// lift makes edits of a decoded text, from mark on, edits of its encoded form, which begins at base. Their texts are encoded
// by escape, if not nil.
func (e *edits) lift(mark int, content []byte, base int, next steps, escape func(dst, text []byte) []byte) {
	e.settle(mark)
	at, decoded := 0, 0
	advance := func(to int) int {
		for decoded < to {
			size, width := next(content[at:])
			at, decoded = at+size, decoded+width
		}
		return base + at
	}
	for i := mark; i < len(e.list); i++ {
		edit := &e.list[i]
		edit.at = span{advance(edit.at.start), advance(edit.at.end)}
		if escape != nil {
			from := len(e.text)
			e.text = escape(e.text, e.text[edit.by.start:edit.by.end])
			edit.by = span{from, len(e.text)}
		}
	}
}
