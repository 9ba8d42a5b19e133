package event

import "encoding/binary"

// names are the keys of the known members of an object, in the order in which the API server writes them.
type names struct {
	keys []string
	list []name
}

// name is a key. Its text is as the API server writes it, with quotes and a colon right behind them, and is found by comparing
// words: its first eight bytes, or as many as there are, and its last eight.
type name struct {
	text             string
	head, mask, tail uint64
}

func newNames(keys []string) *names {
	n := &names{keys: keys}
	for _, key := range keys {
		text := `"` + key + `":`
		var head, mask, tail [8]byte
		for i := range copy(head[:], text) {
			mask[i] = 0xff
		}
		copy(tail[:], text[max(0, len(text)-8):])
		n.list = append(n.list, name{text: text, head: word(head[:]), mask: word(mask[:]), tail: word(tail[:])})
	}
	return n
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// member reads the key at i and the colon behind it: which of the names it is, or their number, and where the value begins. A
// key from expect on is compared as it mostly stands there, without looking for its end; d.other is set where it is no such one.
func (d *Decoder) member(n *names, expect, i int) (f, value int) {
	b := d.data
	if i+8 > len(b) {
		return d.otherMember(n, expect, i)
	}
	head := word(b[i:])
	for f = expect; f < len(n.list); f++ {
		if k := &n.list[f]; head&k.mask == k.head && k.stands(b, i) {
			return f, space(b, i+len(k.text))
		}
	}
	return d.otherMember(n, expect, i)
}

// otherMember is member for keys that are not where they are expected, have escapes or white space, or are not known.
func (d *Decoder) otherMember(n *names, expect, i int) (f, value int) {
	if d.other, value = d.key(i); value < 0 {
		return f, value
	}
	return d.find(n.keys, expect, d.other), value
}

// stands tells whether b, which has the head at i, goes on with the rest of the text.
func (k *name) stands(b []byte, i int) bool {
	end := i + len(k.text)
	if len(k.text) <= 8 {
		return true
	}
	return end <= len(b) && word(b[end-8:]) == k.tail && (len(k.text) <= 16 || string(b[i:end]) == k.text)
}
