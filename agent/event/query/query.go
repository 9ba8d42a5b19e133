// Package query reads the query of a requestURI as the API server did: as net/url's ParseQuery, whose faulty pairs
// req.URL.Query() passes over in silence. What this finds is what the API server acted on, and nothing else: a pair that it
// dropped (`dryRun=All;`, `command=%zz`) must not be shown as if it had counted.
package query

import (
	"bytes"
	"strings"
)

// Split parts a requestURI at its first question mark. The path of url.URL.RequestURI has none that is not escaped.
func Split(uri []byte) (path, query []byte) {
	path, query, _ = bytes.Cut(uri, []byte{'?'})
	return path, query
}

// Pairs walks over the pairs of a query; Pairs(query) begins. It allocates nothing.
type Pairs []byte

// Next is the next pair, its parts still encoded; false at the end.
func (p *Pairs) Next() (key, value []byte, ok bool) {
	key, value, *p, ok = next(*p)
	return key, value, ok
}

func next(query []byte) (key, value, rest []byte, ok bool) {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte{'&'})
		if len(pair) == 0 || bytes.IndexByte(pair, ';') >= 0 || !wellFormed(pair) {
			continue
		}
		key, value, _ = bytes.Cut(pair, []byte{'='})
		return key, value, query, true
	}
	return nil, nil, nil, false
}

// Has tells whether the query of a requestURI has the key with the value. Unlike Pairs it may be given what lies on the stack.
func Has(uri []byte, key, value string) bool {
	_, rest := Split(uri)
	for {
		k, v, behind, ok := next(rest)
		if !ok {
			return false
		}
		if Is(k, key) && Is(v, value) {
			return true
		}
		rest = behind
	}
}

// wellFormed tells whether two hexadecimal digits follow each percent sign. One that stands at the end of a key is
// followed by the equals sign, which is none.
func wellFormed(pair []byte) bool {
	for {
		i := bytes.IndexByte(pair, '%')
		if i < 0 {
			return true
		}
		if _, ok := Escape(pair[i:]); !ok {
			return false
		}
		pair = pair[i+3:]
	}
}

// Append appends a key or value that Next gave, decoded: + is a space, and %XX any byte.
func Append(dst, encoded []byte) []byte {
	for {
		i := bytes.IndexAny(encoded, "+%")
		if i < 0 {
			return append(dst, encoded...)
		}
		dst = append(dst, encoded[:i]...)
		if encoded[i] == '+' {
			dst, encoded = append(dst, ' '), encoded[i+1:]
		} else {
			dst, encoded = append(dst, hex(encoded[i+1])<<4|hex(encoded[i+2])), encoded[i+3:]
		}
	}
}

// Is tells whether a key or value that Next gave is s when it is decoded.
func Is(encoded []byte, s string) bool {
	if string(encoded) == s {
		return strings.IndexByte(s, '+') < 0 && strings.IndexByte(s, '%') < 0
	}
	for i := 0; i < len(s); i++ {
		if len(encoded) == 0 {
			return false
		}
		c, size := encoded[0], 1
		switch c {
		case '+':
			c = ' '
		case '%':
			c, size = hex(encoded[1])<<4|hex(encoded[2]), 3
		}
		if c != s[i] {
			return false
		}
		encoded = encoded[size:]
	}
	return len(encoded) == 0
}

// Escape is the byte that the three bytes of an escape at the beginning of encoded stand for; false where there is none.
func Escape(encoded []byte) (c byte, ok bool) {
	if len(encoded) < 3 || encoded[0] != '%' {
		return 0, false
	}
	high, low := hex(encoded[1]), hex(encoded[2])
	return high<<4 | low, high < 16 && low < 16
}

// hex is the value of a hexadecimal digit; more than 15 if it is none.
func hex(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}
