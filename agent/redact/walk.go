package redact

import "github.com/auditship/auditship/agent/event"

// These bound what a hostile body can cost. What lies beyond is hidden whole: it could not be examined.
const (
	deepestBody = 128 // objects and arrays in each other; the deepest schemas of custom resources have half of that
	rereads     = 4   // how often, on average, each byte of a record may be read again because of what came behind it
)

// walker goes through one document: the record, or what one of its strings says.
type walker struct {
	*Redactor
	b     []byte
	marks event.Marks // of the record; none of other documents
	depth int
	quiet []event.Span // objects and arrays to come that have no notable key: where nothing else is to be hidden they need not be read
	typed bool         // texts stay texts, and objects and arrays stay what they are: the decoder wants them so
}

func (w *walker) value(i int, p place) (end int) {
	c := w.b[i]
	container := c == '{' || c == '['
	switch {
	case container && w.depth == deepestBody && !w.off:
		return w.hide(i, place{class: secret})
	case p.hidden() && !(container && w.typed):
		return w.hide(i, p)
	case container && p.class.open() && w.isQuiet(i):
		return int(w.quiet[0].End)
	case c == '{':
		return w.object(i, p)
	case p.class == secretData || p.class == secretStrings:
		return w.hide(i, place{class: secret})
	case c == '[':
		return w.array(i, p)
	case c == '"':
		return w.string(i, p)
	}
	return event.ValueEnd(w.b, i)
}

// object reads an object, and once more where a member had more to tell of one before it.
func (w *walker) object(i int, p place) (end int) {
	w.depth++
	var f facts
	before, quiet := w.mark(), w.quiet
	end, again := w.members(i, p, &f)
	if again {
		w.back(before)
		w.quiet = quiet
		if w.rereadable -= end - i; w.rereadable < 0 {
			end = w.hide(i, place{class: secret})
		} else {
			end, _ = w.members(i, p, &f)
		}
	}
	w.depth--
	return end
}

// members reads the members of the object at i. again tells that one was judged without a fact that came later.
func (w *walker) members(i int, p place, f *facts) (end int, again bool) {
	kept := 0 // where the last member ends that stays
	for i = event.Space(w.b, i+1); w.b[i] != '}'; {
		start := i
		key, at := w.key(i)
		word := wordOf(key)
		if word == other && w.uninteresting(p, at) {
			kept = w.scalarEnd(at)
			i = w.next(kept)
			continue
		}
		known := *f
		w.learn(f, word, at)
		again = again || known != *f && known.used
		w.enter(step{key: key})
		q := w.place(p, word, key, at, f)
		if q.class == dropped {
			end = w.valueEnd(at)
			i = w.drop(start, end, kept)
		} else {
			end = w.value(at, q)
			kept = end
			i = w.next(end)
		}
		w.leave()
	}
	return i + 1, again
}

// uninteresting tells that a value is neither an object nor an array, and can't mean anything under a key without a meaning,
// or under none. Most are.
func (w *walker) uninteresting(p place, at int) bool {
	c := w.b[at]
	return c != '{' && c != '[' && p.class.open() && len(w.matcher.rules) == 0
}

// scalarEnd is ValueEnd with a shortcut for texts.
func (w *walker) scalarEnd(i int) int {
	if w.b[i] == '"' {
		end, _ := w.marks.StringEnd(w.b, i+1)
		return end + 1
	}
	return event.ValueEnd(w.b, i)
}

// key is the key at i, resolved, and where its value begins.
func (w *walker) key(i int) (key []byte, value int) {
	end, escaped := w.marks.StringEnd(w.b, i+1)
	if key = w.b[i+1 : end]; escaped {
		key = event.AppendResolved(nil, key) // rare enough to allocate
	}
	return key, event.Space(w.b, event.Space(w.b, end+1)+1)
}

// next is where the next member begins, or the closing bracket is, behind one that ends at end.
func (w *walker) next(end int) int {
	i := event.Space(w.b, end)
	if w.b[i] == ',' {
		i = event.Space(w.b, i+1)
	}
	return i
}

// drop leaves a member out, with a comma beside it, and returns what next does.
func (w *walker) drop(start, end, kept int) int {
	next := w.next(end)
	switch {
	case w.b[next] != '}':
		end = next
	case kept > 0:
		start = kept
	}
	if w.edits.room() {
		w.edits.add(span{start, end}, len(w.edits.text))
	}
	return next
}

func (w *walker) array(i int, p place) int {
	w.depth++
	q, flagged, list := elementOf(p), false, w.inItems()
	i = event.Space(w.b, i+1)
	for n := 0; w.b[i] != ']'; n++ {
		if w.uninteresting(q, i) {
			i = w.next(w.scalarEnd(i))
			continue
		}
		w.enter(step{index: n})
		if list {
			w.matcher.again()
		}
		r := w.byRule(q)
		if q.class == argument {
			r, flagged = w.argumentPlace(i, r, flagged)
		}
		i = w.next(w.value(i, r))
		w.leave()
	}
	w.depth--
	return i + 1
}

// inItems tells that rules look into what is here as if each element were the whole: a list has objects for items.
func (w *walker) inItems() bool {
	path := w.list.path
	return len(w.matcher.rules) > 0 && len(path) > 0 && fold(path[len(path)-1].key, "items")
}

// resolved is the text of the string at i, valid until the next call.
func (w *walker) resolved(i int) []byte {
	end, escaped := w.marks.StringEnd(w.b, i+1)
	if !escaped {
		return w.b[i+1 : end]
	}
	w.word = event.AppendResolved(w.word[:0], w.b[i+1:end])
	return w.word
}
