package redact

import (
	"bytes"

	"github.com/auditship/auditship/agent/event"
)

// mark is a state to come back to.
type mark struct{ edits, text, listed, count, values int }

func (w *walker) mark() mark {
	return mark{len(w.edits.list), len(w.edits.text), len(w.list.text), w.list.count, len(w.values.ends)}
}

// back forgets what was found since.
func (w *walker) back(m mark) {
	w.edits.list, w.edits.text = w.edits.list[:m.edits], w.edits.text[:m.text]
	w.edits.over = false
	w.list.text, w.list.count, w.list.last = w.list.text[:m.listed], m.count, span{}
	w.values.back(m.values)
}

// enter takes a step down, leave takes it back.
func (w *walker) enter(s step) {
	w.list.push(s)
	if len(w.matcher.rules) > 0 {
		w.matcher.push(s)
	}
}

func (w *walker) leave() {
	w.list.pop()
	if len(w.matcher.rules) > 0 {
		w.matcher.pop()
	}
}

// byRule is the place as the rules want it.
func (w *walker) byRule(p place) place {
	if len(w.matcher.rules) == 0 {
		return p
	}
	if found := w.matcher.found(); found > p.class && (found == removed || !p.hidden()) && p.class != dropped {
		p.class = found
	}
	return p
}

// hide replaces the value at i, unless there is nothing to hide.
func (w *walker) hide(i int, p place) (end int) {
	end = event.ValueEnd(w.b, i)
	value := w.b[i:end]
	switch string(value) {
	case "null", `""`, "{}", "[]":
		return end
	}
	if !w.edits.room() {
		return end
	}
	if value[0] == '"' {
		w.plain = appendPlain(w.plain[:0], value, p.class)
		value = w.plain
	}
	from := len(w.edits.text)
	w.edits.text = append(w.edits.text, '"')
	w.put(p.class, value)
	w.edits.text = append(w.edits.text, '"')
	w.edits.add(span{i, end}, from)
	if p.class == base64Secret && w.b[i] == '"' {
		w.line = event.AppendResolved(w.line[:0], w.b[i+1:end-1])
		w.values.encoded(value, w.line)
	}
	return end
}

// instead hides the value at i whole, if there was too much to hide in it since a mark.
func (w *walker) instead(before mark, i int) {
	if w.edits.over {
		w.back(before)
		w.edits.left = 1
		w.hide(i, place{class: secret})
	}
}

// hidePart replaces a part of a text.
func (r *Redactor) hidePart(at span, value []byte) {
	if !r.edits.room() {
		return
	}
	from := len(r.edits.text)
	r.put(secret, value)
	r.edits.add(at, from)
}

// put appends what stands for a value, lists where it was and remembers it.
func (r *Redactor) put(c class, value []byte) {
	r.list.add()
	r.values.remember(value)
	if c == removed {
		r.edits.text = append(r.edits.text, gone...)
		return
	}
	r.edits.text = r.hasher.appendHash(r.edits.text, value)
}

// string reads the string at i.
func (w *walker) string(i int, p place) int {
	end, escaped := w.marks.StringEnd(w.b, i+1)
	if w.off {
		return end + 1
	}
	content := w.b[i+1 : end]
	switch p.class {
	case annotations, annotation, applied:
		before := w.mark()
		if !w.document(i+1, content, p) {
			return w.hide(i, place{class: secret})
		}
		if w.typed {
			w.instead(before, i)
		}
	case arguments, argument:
		if w.arguments == ArgumentAll {
			return w.hide(i, place{class: secret})
		}
		w.argument(i+1, content, escaped)
	}
	return end + 1
}

// deepestDocument is how many documents may stand in strings of each other.
const deepestDocument = 4

// document looks into a text that may be a document itself. It returns false where the text must be hidden.
func (w *walker) document(base int, content []byte, p place) bool {
	if len(content) == 0 || p.class != applied && content[0] != '{' && content[0] != '[' && content[0] > ' ' && content[0] != '\\' {
		return true
	}
	if w.nested == deepestDocument {
		return false
	}
	text := event.AppendResolved(w.documents[w.nested][:0], content)
	w.documents[w.nested] = text
	start, end, ok := w.decoder.Document(text)
	if !ok {
		return p.class != applied && !isLikeDocument(text)
	}
	w.nested++
	w.matcher.again()
	inner := walker{Redactor: w.Redactor, b: text[:end]}
	from := len(w.edits.list)
	whole := place{flags: p.flags}
	if p.class == applied {
		whole = whole.root()
	}
	inner.value(start, whole)
	w.edits.lift(from, content, base, jsonStep, event.AppendContent)
	w.nested--
	return true
}

// isLikeDocument tells whether a text that is no document begins as one of objects, or as a text that holds one: two documents,
// one behind the other, or one that was cut. They can't be looked into.
func isLikeDocument(text []byte) bool {
	const blank = " \t\r\n"
	text = bytes.TrimLeft(text, blank)
	if len(text) < 2 {
		return false
	}
	switch second := bytes.TrimLeft(text[1:], blank); {
	case len(second) == 0:
		return false
	case text[0] == '{':
		return second[0] == '"' || second[0] == '}'
	case text[0] == '[':
		return second[0] == '{'
	default:
		return text[0] == '"' && (second[0] == '{' || second[0] == '[')
	}
}
