package redact

import "bytes"

// argumentPlace is the place of the argument at i; flagged tells that the one before it is a flag whose value this is.
func (w *walker) argumentPlace(i int, p place, flagged bool) (place, bool) {
	if w.arguments == ArgumentAll || flagged && !w.isFlag(i) {
		p.class = max(p.class, secret)
	}
	return p, w.arguments != ArgumentNone && w.asks(i)
}

func (w *walker) isFlag(i int) bool { return w.b[i] == '"' && isFlag(w.resolved(i)) }

// isFlag tells whether an argument is a flag, and so not the value of one before it: --anything, -x, or -words as programs in Go have
// them, with what follows a =. A password that begins with a dash mostly has something else in it.
func isFlag(argument []byte) bool {
	if len(argument) == 0 || argument[0] != '-' {
		return false
	}
	if len(argument) <= 2 || argument[1] == '-' {
		return true
	}
	for _, c := range argument[1:] {
		if c == '=' {
			return true
		}
		if (c < 'a' || c > 'z') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// asks tells whether the argument at i is a flag alone that wants a credential.
func (w *walker) asks(i int) bool { return w.b[i] == '"' && w.names.asks(w.resolved(i)) }

// asks tells whether an argument is a flag alone that wants a credential: --password, but not -p, which is mostly none.
func (n *names) asks(argument []byte) bool {
	return len(argument) > 3 && argument[0] == '-' && isName(argument) && n.match(argument)
}

// argument looks into one argument, a script perhaps.
func (w *walker) argument(base int, content []byte, escaped bool) {
	if w.arguments != ArgumentNone {
		w.text(base, content, escaped, (*Redactor).command)
	}
}

// command looks into one argument: NAME=VALUE as a whole, or a script. No shell ends a word of the first one, so that whatever
// stands behind the = is the value; its first word may also be that, as in PGPASSWORD=X psql.
func (r *Redactor) command(text []byte) {
	r.script(text)
	for i := 0; i < len(text) && (isNameByte(text[i]) || text[i] == '='); i++ { // --set=a.password=X has two
		if text[i] != '=' || !r.names.match(text[nameStart(text, i):i]) {
			continue
		}
		if value := whole(text, i+1); value.end > value.start {
			r.hidePart(value, text[value.start:value.end])
		}
		return
	}
}

// whole is all from i on, without the quotes around it.
func whole(text []byte, i int) span {
	last := len(text) - 1
	if i < last && isQuote(text[i]) && bytes.IndexByte(text[i+1:], text[i]) == last-i-1 {
		return span{i + 1, last}
	}
	return span{i, last + 1}
}

// script hides what stands behind the names of credentials in a command line:
//
//	--password=VALUE  --password VALUE  PASSWORD=VALUE  "token": "VALUE"  Authorization: VALUE  ://user:VALUE@host
func (r *Redactor) script(text []byte) {
	var url authority
	var quotes quotes
	for i := 0; i < len(text); i++ {
		var value span
		switch text[i] {
		case '=', ':':
			value = r.assigned(text, i, &quotes)
		case ' ', '\t', '\n':
			value = r.flagged(text, i, &quotes)
		case '@':
			value = url.password(text, i)
		}
		if value.end > value.start {
			r.hidePart(value, text[value.start:value.end])
			i = max(i, value.end-1) // the password of a URL lies before its @
		}
	}
}

// assigned is what the = or : at i gives to the name before it.
func (r *Redactor) assigned(text []byte, i int, quotes *quotes) span {
	end := i
	for text[i] == ':' && end > 0 && text[end-1] == ' ' {
		end--
	}
	if end > 0 && isQuote(text[end-1]) {
		end = withoutBackslashes(text, 0, end-1)
	}
	if !r.names.match(text[nameStart(text, end):end]) {
		return span{}
	}
	start := i + 1
	if text[i] == '=' {
		return shellWord(text, start, quotes.at(text, start))
	}
	for start < len(text) && text[start] == ' ' {
		start++
	}
	return line(text, start)
}

// flagged is what follows the space at i, if a flag stands before it that wants a credential.
func (r *Redactor) flagged(text []byte, i int, quotes *quotes) span {
	start := nameStart(text, i)
	if !r.names.asks(text[start:i]) {
		return span{}
	}
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	word := shellWord(text, i, quotes.at(text, i))
	if word.end > word.start && isFlag(text[word.start:word.end]) {
		return span{}
	}
	return word
}

// authority is what is known of the part of a text before an @: it is looked at once, however many of them follow.
type authority struct {
	seen  int  // of the text
	start int  // behind the last slash or end of a word
	colon int  // the first one since; 0: none
	words bool // there are not only digits behind the colon: no port, so that slashes are part of a password, too
}

// password is the password in front of the @ at i, where that is in a URL. It ends at the last @ of its word.
func (a *authority) password(text []byte, i int) span {
	for ; a.seen < i; a.seen++ {
		switch c := text[a.seen]; {
		case c == '/' && a.words && a.begins(text):
		case c == '/' || isWordEnd(c):
			*a = authority{seen: a.seen, start: a.seen + 1}
		case a.colon > 0:
			a.words = a.words || c < '0' || c > '9'
		case c == ':':
			a.colon = a.seen
		}
	}
	if a.colon == 0 || !a.begins(text) {
		return span{}
	}
	value := span{a.colon + 1, i}
	for ; i < len(text) && text[i] != '/' && !isWordEnd(text[i]); i++ {
		if text[i] == '@' {
			value.end = i
		}
	}
	*a = authority{seen: value.end}
	return value
}

// begins tells whether this is one: it stands behind ://.
func (a *authority) begins(text []byte) bool {
	return a.start >= 3 && text[a.start-1] == '/' && text[a.start-3] == ':'
}

// nameStart is where the name begins that ends at i; it is not looked for further back than names are long.
func nameStart(text []byte, i int) int {
	start := i
	for start > 0 && isNameByte(text[start-1]) && i-start <= longestName {
		start--
	}
	return start
}

func isName(text []byte) bool {
	for _, c := range text {
		if !isNameByte(c) {
			return false
		}
	}
	return true
}

func isNameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

func isWordEnd(c byte) bool {
	return isBlank(c) || isQuote(c) || c == ';' || c == '&' || c == '|' || c == ')' || c == '\r'
}

func isLineEnd(c byte) bool { return isQuote(c) || c == '\n' || c == '\r' }
