package webhook

// walk is the way through a value.
type walk struct {
	depth   int
	begun   bool
	inText  bool
	escaped bool
}

func (w *walk) over() bool { return w.begun && w.depth == 0 && !w.inText }

// step goes on through the next bytes, up to the end of the value or to a byte that is to be left out: then skip is 1.
func (w *walk) step(b []byte) (n, skip int, err error) {
	for i, c := range b {
		switch {
		case w.inText:
			w.text(c)
		case c == '"':
			w.inText = true
		case c == '{' || c == '[':
			w.depth++
		case c == '}' || c == ']':
			w.depth--
		case c == '\n' || c == '\r':
			return i, 1, nil
		}
		if c < ' ' && (w.inText || c != '\t') {
			return 0, 0, malformed("a control character")
		}
		if w.begun = true; w.depth == 0 && !w.inText {
			return i + 1, 0, nil
		}
	}
	return len(b), 0, nil
}

func (w *walk) text(c byte) {
	switch {
	case w.escaped:
		w.escaped = false
	case c == '\\':
		w.escaped = true
	case c == '"':
		w.inText = false
	}
}
