package event

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// These find where a token ends. They rely on the last byte of b being the closing brace of the record, and return the
// complement (^) of the position of what is wrong.

// ones has each of its bytes 1: a byte times ones is eight of it.
const ones = 0x0101010101010101

// special marks the bytes of a word that end or interrupt a string: quotes, backslashes and control characters. The
// lowest bit that is set is right, those above it may be too many: they come from the carry of the subtractions.
//
// Flipping bit 1 exchanges the quote (0x22) with the space (0x20), so that one comparison finds what is below the space
// and the quote; bytes from 0x80 on are never special, and masked out.
func special(word uint64) uint64 {
	quoteOrControl := (word ^ ones*0x02) - ones*0x21
	backslash := (word ^ ones*'\\') - ones
	return (quoteOrControl | backslash) &^ word & (ones * 0x80)
}

// vectorless is the length from which on records are read without vector instructions: their result takes an eighth of it.
const vectorless = 1 << 20

// look finds all special bytes of the record at once, 64 at a time, where the machine has instructions for that. Everything
// else is the same with and without: the bits only say where stringEnd would stop.
func (d *Decoder) look() {
	d.special = d.special[:0]
	if !hasVectors || len(d.data) >= vectorless {
		return
	}
	whole := len(d.data) / 64
	size := 8*whole + 16
	if cap(d.special) < size {
		d.special = make([]byte, 0, min(2*size, vectorless/8+16))
	}
	d.special = d.special[:size]
	if whole > 0 {
		specialAVX2(&d.data[0], &d.special[0], whole)
	}
	rest := spaces
	copy(rest[:], d.data[64*whole:])
	specialAVX2(&rest[0], &d.special[8*whole], 1)
	clear(d.special[size-8:])
}

var spaces = [64]byte([]byte(strings.Repeat(" ", 64)))

// stringEnd is the position of the quote that ends the string whose content begins at i.
func (d *Decoder) stringEnd(i int) (end int, escaped bool) {
	if end = near(d.special, d.data, i); end > 0 {
		return end, false
	}
	return d.farStringEnd(i)
}

// near is the position of the quote that ends the string whose content begins at i, or 0 where that is far, or has escapes.
func near(special, b []byte, i int) int {
	at := uint(i) >> 3
	if at+8 > uint(len(special)) {
		return 0
	}
	next := binary.LittleEndian.Uint64(special[at:]) >> (uint(i) & 7)
	if next == 0 {
		return 0
	}
	if end := i + bits.TrailingZeros64(next); b[end] == '"' {
		return end
	}
	return 0
}

// farStringEnd is stringEnd for what is long or has escapes, and for records that look does not look at.
func (d *Decoder) farStringEnd(i int) (end int, escaped bool) {
	if len(d.special) == 0 {
		return stringEnd(d.data, i)
	}
	for at := i >> 3; at+8 <= len(d.special); at = i >> 3 {
		next := binary.LittleEndian.Uint64(d.special[at:]) >> (i & 7)
		if next == 0 {
			i = (at + 8) << 3
			continue
		}
		if i += bits.TrailingZeros64(next); d.data[i] == '"' {
			return i, escaped
		}
		if i = escapeEnd(d.data, i); i < 0 {
			return i, false
		}
		escaped = true
	}
	return ^len(d.data), false
}

// stringEnd is the position of the quote that ends the string whose content begins at i.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for i+8 <= len(b) {
		mask := special(binary.LittleEndian.Uint64(b[i:]))
		if mask == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(mask) >> 3
		if b[i] == '"' {
			return i, escaped
		}
		if i = escapeEnd(b, i); i < 0 {
			return i, false
		}
		escaped = true
	}
	return lastStringEnd(b, i, escaped)
}

// lastStringEnd is stringEnd among the last few bytes of the record.
func lastStringEnd(b []byte, i int, escaped bool) (int, bool) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, escaped
		case c == '\\' || c < ' ':
			if i = escapeEnd(b, i); i < 0 {
				return i, false
			}
			escaped = true
		default:
			i++
		}
	}
	return ^i, false
}

// escapeEnd is the position behind the escape whose backslash is at i; a control character there is none.
func escapeEnd(b []byte, i int) int {
	if b[i] != '\\' || i+1 == len(b) {
		return ^i
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if _, ok := hex4(b, i+2); ok {
			return i + 6
		}
	}
	return ^i
}

// scalarEnd is the position behind the number or literal at i.
func scalarEnd(b []byte, i int) int {
	switch b[i] {
	case 't':
		return literalEnd(b, i, "true")
	case 'f':
		return literalEnd(b, i, "false")
	case 'n':
		return literalEnd(b, i, "null")
	}
	return numberEnd(b, i)
}

func literalEnd(b []byte, i int, literal string) int {
	if end := i + len(literal); end <= len(b) && string(b[i:end]) == literal {
		return end
	}
	return ^i
}

// numberEnd is the position behind the number at i.
func numberEnd(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	if b[i] == '0' {
		i++
	} else if i = digitsEnd(b, i); i < 0 {
		return i
	}
	if b[i] == '.' {
		if i = digitsEnd(b, i+1); i < 0 {
			return i
		}
	}
	if b[i]|0x20 != 'e' {
		return i
	}
	i++
	if b[i] == '+' || b[i] == '-' {
		i++
	}
	return digitsEnd(b, i)
}

// digitsEnd is the position behind one or more digits.
func digitsEnd(b []byte, i int) int {
	if b[i]-'0' > 9 {
		return ^i
	}
	for b[i]-'0' <= 9 {
		i++
	}
	return i
}

// space is the position of the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for b[i] <= ' ' && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// trimSpace is where a record begins and ends without the white space around it.
func trimSpace(b []byte) (start, end int) {
	end = len(b)
	for end > 0 && isSpace(b[end-1]) {
		end--
	}
	for start < end && isSpace(b[start]) {
		start++
	}
	return start, end
}
