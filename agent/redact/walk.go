package redact

import "github.com/auditship/auditship/agent/event"

// These bound what a hostile body can cost. What lies beyond is hidden whole: it could not be examined.
const (
	deepestBody = 128 // objects and arrays in each other; the deepest schemas of custom resources have half of that
	rereads     = 4   // how often, on average, each byte may be read again because of what came behind it
)

// walker goes through one document: the record, or what one of its strings says.
type walker struct {
	*Redactor
	b      []byte
	depth  int
	reread int  // bytes read again
	typed  bool // texts stay texts, and objects and arrays stay what they are: the decoder wants them so
}

func (w *walker) value(i int, p place) (end int) {
	c := w.b[i]
	container := c == '{' || c == '['
	switch {
	case container && w.depth == deepestBody:
		return w.hide(i, place{class: secret})
	case p.hidden() && !(container && w.typed):
		return w.hide(i, p)
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
	defer func() { w.depth-- }()
	var f facts
	before := w.mark()
	end, again := w.members(i, p, &f)
	if !again {
		return end
	}
	w.back(before)
	if w.reread += end - i; w.reread > rereads*len(w.b) {
		return w.hide(i, place{class: secret})
	}
	end, _ = w.members(i, p, &f)
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
			end = event.ValueEnd(w.b, at)
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
		end, _ := event.StringEnd(w.b, i+1)
		return end + 1
	}
	return event.ValueEnd(w.b, i)
}

// key is the key at i, resolved, and where its value begins.
func (w *walker) key(i int) (key []byte, value int) {
	end, escaped := event.StringEnd(w.b, i+1)
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
	w.edits.add(span{start, end}, len(w.edits.text))
	return next
}

func (w *walker) array(i int, p place) int {
	w.depth++
	defer func() { w.depth-- }()
	q, flagged := elementOf(p), false
	i = event.Space(w.b, i+1)
	for n := 0; w.b[i] != ']'; n++ {
		if w.uninteresting(q, i) {
			i = w.next(w.scalarEnd(i))
			continue
		}
		w.enter(step{index: n})
		r := w.byRule(q)
		if q.class == argument {
			r, flagged = w.argumentPlace(i, r, flagged)
		}
		i = w.next(w.value(i, r))
		w.leave()
	}
	return i + 1
}

// learn notes what a member tells of the others.
func (w *walker) learn(f *facts, word word, at int) {
	if w.b[at] != '"' {
		return
	}
	switch word {
	case kindWord:
		f.flags |= kindFlags(w.resolved(at))
	case nameWord:
		f.smells = f.smells || w.names.match(w.resolved(at))
	case opWord:
		f.op = true
	case pathWord:
		end, _ := event.StringEnd(w.b, at+1)
		path := span{at + 1, end}
		if f.paths == 1 && string(w.b[at+1:end]) != string(w.b[f.path.start:f.path.end]) {
			f.paths = 2
		}
		if f.paths == 0 {
			f.path, f.paths = path, 1
		}
	}
}

// resolved is the text of the string at i, valid until the next call.
func (w *walker) resolved(i int) []byte {
	end, escaped := event.StringEnd(w.b, i+1)
	if !escaped {
		return w.b[i+1 : end]
	}
	w.word = event.AppendResolved(w.word[:0], w.b[i+1:end])
	return w.word
}

// kindFlags are for objects of a kind, and lists of them.
func kindFlags(kind []byte) flags {
	switch {
	case fold(kind, "secret"), fold(kind, "secretlist"):
		return inSecret
	case fold(kind, "configmap"), fold(kind, "configmaplist"):
		return inConfigMap
	}
	return 0
}

// place is what the value at i is.
func (w *walker) place(p place, word word, key []byte, i int, f *facts) place {
	q := w.byRule(w.child(p, word, key, f))
	switch {
	case q.hidden() || q.class == dropped || w.off:
		if p.class == secretData || p.class == secretStrings {
			return w.directive(q, key, i)
		}
		return q
	case word == valueWord && q.class == ordinary:
		f.used = true
		return w.pair(q, f)
	case word == dataWord || word == binaryDataWord || word == itemsWord:
		f.used = true
	}
	return q
}

// directive lets pass what a strategic merge patch says in a Secret's data; no key of data begins so.
func (w *walker) directive(q place, key []byte, i int) place {
	if string(key) == "$patch" && w.b[i] == '"' {
		switch string(w.resolved(i)) {
		case "replace", "merge", "delete":
			return place{flags: q.flags}
		}
	}
	return q
}

// pair is the place of a value that stands beside a name, such as that of an environment variable, or in a JSON patch.
func (w *walker) pair(q place, f *facts) place {
	switch {
	case f.smells:
		q.class = secret
	case f.op && f.paths == 1:
		return w.patched(q, w.b[f.path.start:f.path.end])
	case f.op && (f.paths > 1 || q.flags&inSecret != 0): // nobody knows where it belongs
		q.class = secret
	}
	return q
}
