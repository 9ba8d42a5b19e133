package event

import "encoding/binary"

// names are the keys of the known members of an object, in the order in which the API server writes them.
type names struct {
	keys []string
	list []name
}

// name is a key. Its text is as the API server writes it, with quotes and a colon right behind them, and is found by comparing
// words: how the text begins, with as many of their bytes as there are.
type name struct {
	text         string
	words, masks [inWords / 8]uint64
}

// inWords is so much of a text as is compared in words. Few are longer.
const inWords = 24

func newNames(keys []string) *names {
	n := &names{keys: keys}
	for _, key := range keys {
		k := name{text: `"` + key + `":`}
		var text, mask [inWords]byte
		for i := range copy(text[:], k.text) {
			mask[i] = 0xff
		}
		for i := range k.words {
			k.words[i], k.masks[i] = word(text[8*i:]), word(mask[8*i:])
		}
		n.list = append(n.list, k)
	}
	return n
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// member reads the key at i and the colon behind it: which of the names it is, or their number, and where the value begins. A
// key from expect on is compared as it mostly stands there, without looking for its end; d.other is set where it is no such one.
func (d *Decoder) member(n *names, expect, i int) (f, value int) {
	b := d.data
	if i+inWords > len(b) {
		return d.otherMember(n, expect, i)
	}
	head := (*[inWords]byte)(b[i:])
	first := word(head[:])
	for f = expect; f < len(n.list); f++ {
		if k := &n.list[f]; (first^k.words[0])&k.masks[0] == 0 && k.stands(head, b, i) {
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

// stands tells whether b, which goes on with head at i and has the first word, has the rest of the text.
func (k *name) stands(head *[inWords]byte, b []byte, i int) bool {
	differ := (word(head[8:])^k.words[1])&k.masks[1] | (word(head[16:])^k.words[2])&k.masks[2]
	return differ == 0 && (len(k.text) <= inWords || i+len(k.text) <= len(b) && string(b[i:i+len(k.text)]) == k.text)
}
