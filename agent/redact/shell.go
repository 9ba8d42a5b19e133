package redact

// quotes tells in which quotes a part of a script is. It goes over the text once.
type quotes struct {
	seen int
	open byte // 0: none
}

// at is the kind of quotes around the byte at i.
func (q *quotes) at(text []byte, i int) byte {
	for ; q.seen < i; q.seen++ {
		switch c := text[q.seen]; {
		case c == '\\':
			q.seen++ // whatever it is, it is no quote
		case q.open == 0 && isQuote(c):
			q.open = c
		case c == q.open:
			q.open = 0
		}
	}
	return q.open
}

// shellWord is the word that begins at i, inside of quotes or not: what is in its own quotes, if that is all of it. Parts in
// quotes belong to it, and signs behind a backslash.
func shellWord(text []byte, i int, around byte) span {
	if inner, after := quoted(text, i); after > i && (after >= len(text) || isWordEnd(text[after])) {
		return inner
	}
	end := i
	for end < len(text) && text[end] != around {
		switch c := text[end]; {
		case c == '\\':
			end++
		case isQuote(c):
			_, after := quoted(text, end)
			if after > len(text) {
				return span{i, end} // no quote behind it: this one ends something
			}
			end = after - 1
		case isWordEnd(c):
			return span{i, end}
		}
		end++
	}
	return span{i, min(end, len(text))}
}

// line is the value that begins at i: what is in quotes, or up to the next one or the end of the line.
func line(text []byte, i int) span {
	if inner, after := quoted(text, i); after > i {
		return inner
	}
	end := i
	for end < len(text) && !isLineEnd(text[end]) {
		end++
	}
	if end < len(text) && isQuote(text[end]) {
		end = withoutBackslashes(text, i, end)
	}
	return span{i, end}
}

// quoted is what stands in the quotes that begin at i, perhaps behind backslashes as of a script in a text of another, and where it
// goes on behind them: at i if there are none, beyond the end of the text if they are not closed.
func quoted(text []byte, i int) (inner span, after int) {
	start := i
	for start < len(text) && text[start] == '\\' {
		start++
	}
	if start == len(text) || !isQuote(text[start]) {
		return span{}, i
	}
	escapes, quote, run := start-i, text[start], 0
	for end := start + 1; end < len(text); end++ {
		switch c := text[end]; {
		case c == '\\':
			run++
			continue
		case c == quote && escapes == 0 && run%2 == 0:
			return span{start + 1, end}, end + 1
		case c == quote && escapes > 0 && run <= escapes:
			return span{start + 1, end - run}, end + 1
		}
		run = 0
	}
	return span{start + 1, len(text)}, len(text) + 1
}

func withoutBackslashes(text []byte, start, end int) int {
	for end > start && text[end-1] == '\\' {
		end--
	}
	return end
}
