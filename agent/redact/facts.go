package redact

// facts are what the members of one object tell of each other. used tells that one was judged by them, so that it has to be
// judged again where a later member has more to tell.
type facts struct {
	flags           // from kind
	smells, op bool // it has the name of a credential; it is an operation of a JSON patch
	name       int  // where a name stands that nobody has smelt at yet; 0: nowhere
	path       span
	paths      int // 2: several different ones
	used       bool
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
		w.smell(f)
		if f.name = at; f.used {
			w.smell(f)
		}
	case opWord:
		f.op = true
	case pathWord:
		end, _ := w.marks.StringEnd(w.b, at+1)
		path := span{at + 1, end}
		if f.paths == 1 && string(w.b[at+1:end]) != string(w.b[f.path.start:f.path.end]) {
			f.paths = 2
		}
		if f.paths == 0 {
			f.path, f.paths = path, 1
		}
	}
}

// smell finds out whether the name is that of a credential. Most names stand beside nothing that it matters for.
func (w *walker) smell(f *facts) {
	if f.name > 0 {
		f.smells = f.smells || w.names.match(w.resolved(f.name))
		f.name = 0
	}
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
	case word == dataWord || word == binaryDataWord || word == itemsWord || word == metadataWord:
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
	w.smell(f)
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
