package event

import "encoding/binary"

// names are the keys of the known members of an object, in the order in which the API server writes them.
type names []name

// name is a key. Its text is as the API server writes it, with quotes and a colon right behind them, and is found by comparing
// words: its first eight bytes, or as many as there are, and its last eight.
type name struct {
	text             string
	head, mask, tail uint64
}

func newNames(keys []string) (n names) {
	for _, key := range keys {
		text := `"` + key + `":`
		var head, mask, tail [8]byte
		for i := range copy(head[:], text) {
			mask[i] = 0xff
		}
		copy(tail[:], text[max(0, len(text)-8):])
		n = append(n, name{text: text, head: word(head[:]), mask: word(mask[:]), tail: word(tail[:])})
	}
	return n
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// member reads the key at i and the colon behind it: which of the names it is, or their number, and where the value begins. The
// key itself is left out where it stands there as expected.
func (d *Decoder) member(n names, keys []string, expect, i int) (f int, key Text, value int) {
	if f, value = d.expected(n, expect, i); value > 0 {
		return f, key, value
	}
	if key, value = d.key(i); value < 0 {
		return f, key, value
	}
	return d.find(keys, expect, key), key, value
}

// expected looks for the text at i among the names from expect on, without looking for its end. value is 0 where it is none of
// them: it may be one of those before, or have escapes or white space.
func (d *Decoder) expected(n names, expect, i int) (f, value int) {
	b := d.data
	if i+8 > len(b) {
		return 0, 0
	}
	head := word(b[i:])
	for f = expect; f < len(n); f++ {
		if k := &n[f]; head&k.mask == k.head && k.stands(b, i) {
			return f, space(b, i+len(k.text))
		}
	}
	return 0, 0
}

// stands tells whether b, which has the head at i, goes on with the rest of the text.
func (k *name) stands(b []byte, i int) bool {
	end := i + len(k.text)
	if len(k.text) <= 8 {
		return true
	}
	return end <= len(b) && word(b[end-8:]) == k.tail && (len(k.text) <= 16 || string(b[i:end]) == k.text)
}
