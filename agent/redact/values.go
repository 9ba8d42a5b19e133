package redact

import (
	"bytes"
	"encoding/base64"
	"strconv"
)

// These bound what is remembered of one event. Shorter values are found everywhere, and hide nothing then.
const (
	mostValues    = 64
	mostBytes     = 64 << 10
	shortestValue = 6
	mostPicked    = 16 // of a URI
	shortestToken = 16
)

// values are what was hidden in an event, to find where the server repeats it.
type values struct {
	text []byte
	ends []int // of each of them
	over bool  // there are more

	picked      int // how many are of the URI: these do not count
	pickedBytes int
	closed      bool // no more are wanted: those that come are repetitions
	forms       []form
	written     []byte // what forms are made of
}

// form is one of the ways in which the server may write a value.
type form struct{ text, value []byte }

// reset forgets all, and keeps the memory.
func (v *values) reset() {
	clear(v.forms)
	*v = values{text: v.text[:0], ends: v.ends[:0], forms: v.forms[:0], written: v.written[:0]}
}

func (v *values) at(i int) []byte {
	start := 0
	if i > 0 {
		start = v.ends[i-1]
	}
	return v.text[start:v.ends[i]]
}

// remember keeps a value, once.
func (v *values) remember(value []byte) {
	if v.closed || len(value) < shortestValue {
		return
	}
	for i := range v.ends {
		if string(v.at(i)) == string(value) {
			return
		}
	}
	if len(v.ends)-v.picked == mostValues || len(v.text)-v.pickedBytes+len(value) > mostBytes {
		v.over = true
		return
	}
	v.text = append(v.text, value...)
	v.ends = append(v.ends, len(v.text))
}

// pick leaves of the values, which are those of a URI, what can be nothing but a token. Parameters that it does not know do not
// matter to the API server: whoever has to fear what it says could have its words there, or more values than are remembered.
func (v *values) pick() {
	start, end, kept := 0, 0, 0
	for _, next := range v.ends {
		if value := v.text[start:next]; kept < mostPicked && isToken(value) {
			end += copy(v.text[end:], value)
			v.ends[kept] = end
			kept++
		}
		start = next
	}
	v.ends, v.text, v.over = v.ends[:kept], v.text[:end], false
	v.picked, v.pickedBytes = kept, end
}

// isToken tells whether a value may be a b64token (RFC 6750, 2.1), and is no word: it has digits.
func isToken(value []byte) bool {
	digits := 0
	for _, c := range value {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case !isNameByte(c) && bytes.IndexByte([]byte("~+/="), c) < 0:
			return false
		}
	}
	return len(value) >= shortestToken && digits > 0 && digits < len(value)
}

// write writes the values in all forms: as they are, as %q prints them, and in base64. That is done once for an event, however many
// texts are searched for them, and not before there is one: mostly there is none.
func (v *values) write() {
	if len(v.forms) > 0 {
		return
	}
	v.written = v.written[:0]
	for i := range v.ends {
		value := v.at(i)
		v.forms = append(v.forms, form{value, value})
		from := len(v.written)
		v.written = strconv.AppendQuote(v.written, string(value))
		if inner := v.written[from+1 : len(v.written)-1]; !bytes.Equal(inner, value) {
			v.forms = append(v.forms, form{inner, value})
		}
		from = len(v.written)
		v.written = base64.StdEncoding.AppendEncode(v.written, value)
		v.forms = append(v.forms, form{v.written[from:], value}) // stays where it is, also when written moves
	}
}

// encoded keeps the base64 of a value as somebody wrote it, where that is another than everybody's.
func (v *values) encoded(value, text []byte) {
	if v.over || v.closed {
		return
	}
	if v.written = base64.StdEncoding.AppendEncode(v.written[:0], value); !bytes.Equal(v.written, text) {
		v.remember(text)
	}
}

// back forgets all but the first n.
func (v *values) back(n int) {
	v.ends = v.ends[:n]
	end := 0
	if n > 0 {
		end = v.ends[n-1]
	}
	v.text = v.text[:end]
}
