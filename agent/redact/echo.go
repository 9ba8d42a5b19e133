package redact

import (
	"bytes"
	"slices"

	"github.com/auditship/auditship/agent/event"
)

// echoes hides what the server repeats of the hidden values: in the messages of its status, which may also be the response, and
// in annotations. In messages it hides what they quote, too, whether that was hidden elsewhere or not: an event of level Metadata
// has nothing else to compare with.
func (r *Redactor) echoes(e *event.Event) {
	known := len(r.values.ends) > 0 || r.values.over
	r.values.closed = true
	if !known && e.Code < 400 {
		return
	}
	if r.refusals = r.refusalsOf(e); known || mayRefuse(e) {
		r.echo(e, event.ResponseStatus)
	}
	if kind := e.Find(e.Members[event.ResponseObject].Value, "kind"); e.Equal(e.TextOf(kind), "Status") {
		r.echo(e, event.ResponseObject)
	}
	if r.refusals = nil; known {
		r.echo(e, event.Annotations)
	}
}

var fieldSteps = func() (all [event.NumFields]step) {
	for f := range event.NumFields {
		all[f].key = []byte(f.String())
	}
	return all
}()

func (r *Redactor) echo(e *event.Event, f event.Field) {
	if e.Has(f) && !e.Trimmed.Has(f) {
		w := walker{Redactor: r, b: e.Raw, marks: e.Marks}
		r.list.push(fieldSteps[f])
		w.repeats(int(e.Members[f].Value.Start), false)
		r.list.pop()
	}
}

// repeats reads the value at i; told says that texts in it are to be looked at.
func (w *walker) repeats(i int, told bool) (end int) {
	switch w.b[i] {
	case '"':
		end, escaped := w.marks.StringEnd(w.b, i+1)
		if told {
			w.told(i+1, w.b[i+1:end], escaped)
		}
		return end + 1
	case '{':
		for i = event.Space(w.b, i+1); w.b[i] != '}'; {
			key, at := w.key(i)
			w.list.push(step{key: key})
			i = w.next(w.repeats(at, told || repeating(key)))
			w.list.pop()
		}
		return i + 1
	case '[':
		i = event.Space(w.b, i+1)
		for n := 0; w.b[i] != ']'; n++ {
			w.list.push(step{index: n})
			i = w.next(w.repeats(i, told))
			w.list.pop()
		}
		return i + 1
	}
	return event.ValueEnd(w.b, i)
}

// told hides values in a text, unless all that is found is hidden already.
func (w *walker) told(base int, content []byte, escaped bool) {
	before := w.mark()
	w.edits.left = mostEdits
	w.text(base, content, escaped, (*Redactor).hideRepeated)
	w.instead(before, base-1)
	for _, edit := range w.edits.list[before.edits:] {
		if !w.edits.cover(before.edits, edit.at) {
			return
		}
	}
	w.back(before)
}

// repeating tells whether the text of a key may repeat what a client sent.
func repeating(key []byte) bool {
	if string(key) == "message" {
		return true
	}
	return bytes.IndexByte(key, '/') > 0 && !slices.ContainsFunc(ownWords, func(prefix string) bool { return bytes.HasPrefix(key, []byte(prefix)) })
}

// ownWords begin the annotations that the API server words itself (k8s.io/kubernetes "Audit Annotations"). Nobody shall be able to
// hide what they say by a password of the same words.
var ownWords = []string{
	"authorization.k8s.io/", "authentication.k8s.io/", "authentication.kubernetes.io/", "pod-security.kubernetes.io/", "validation.policy.admission.k8s.io/",
	"k8s.io/", "apiserver.latency.k8s.io/", "mutation.webhook.admission.k8s.io/", "failed-open.mutating.webhook.admission.k8s.io/", "failed-open.validating.webhook.admission.k8s.io/",
	"missing-san.invalid-cert.kubernetes.io/", "insecure-sha1.invalid-cert.kubernetes.io/",
}

// text has a function look at the text of a string, whose content begins at base, and add edits of it.
func (w *walker) text(base int, content []byte, escaped bool, look func(r *Redactor, text []byte)) {
	from := len(w.edits.list)
	if !escaped && isASCII(content) {
		look(w.Redactor, content)
		for i := from; i < len(w.edits.list); i++ {
			w.edits.list[i].at.start += base
			w.edits.list[i].at.end += base
		}
		return
	}
	w.line = event.AppendResolved(w.line[:0], content)
	look(w.Redactor, w.line)
	w.edits.lift(from, content, base, jsonStep, event.AppendContent)
}

// hideRepeated hides all that a text of the server repeats.
func (r *Redactor) hideRepeated(text []byte) {
	r.hideRefused(text)
	r.hideValues(text)
}

// hideValues hides the values in a text, in all their forms.
func (r *Redactor) hideValues(text []byte) {
	if r.values.over && len(text) > longestWord {
		r.hidePart(span{0, len(text)}, text) // nobody knows what else it repeats
		return
	}
	r.values.write()
	for _, form := range r.values.forms {
		if len(form.text) <= len(text) {
			r.findAll(text, form.text, form.value)
		}
	}
}

// longestWord is how long a text is that repeats nothing, such as a reason or a kind.
const longestWord = 32

func (r *Redactor) findAll(text, part, value []byte) {
	for at := 0; ; {
		i := bytes.Index(text[at:], part)
		if i < 0 {
			return
		}
		r.hidePart(span{at + i, at + i + len(part)}, value)
		at += i + len(part)
	}
}
