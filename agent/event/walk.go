package event

// walker steps through the members of an object or array that Decode has found to be valid.
type walker struct {
	e     *Event
	at    int // where the next member begins; at the closing bracket or 0: nowhere
	key   Text
	value Span
}

// walk begins at the first member of s, if that begins with bracket.
func (e *Event) walk(s Span, bracket byte) walker {
	if !s.Present() || e.Raw[s.Start] != bracket {
		return walker{}
	}
	return walker{e: e, at: space(e.Raw, int(s.Start)+1)}
}

// next reads the member and steps behind it.
func (w *walker) next(keyed bool) bool {
	if w.at == 0 || w.e.Raw[w.at] == '}' || w.e.Raw[w.at] == ']' {
		return false
	}
	b, i := w.e.Raw, w.at
	if keyed {
		end, escaped := stringEnd(b, i+1)
		w.key = Text{Span: span(i+1, end), Escaped: escaped}
		i = space(b, space(b, end+1)+1)
	}
	end := valueEnd(b, i)
	w.value = span(i, end)
	if w.at = space(b, end); b[w.at] == ',' {
		w.at = space(b, w.at+1)
	}
	return true
}

// valueEnd is the position behind the valid value at i.
func valueEnd(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i, _ = stringEnd(b, i+1)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
		default:
			i = scalarEnd(b, i) - 1
		}
		i++
		if depth == 0 {
			return i
		}
	}
}
