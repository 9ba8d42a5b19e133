package event

import "slices"

// Keys is a set of keys of objects, approximately: it may have more than were put in, and never less. Case counts for nothing.
// The zero Keys is empty.
type Keys struct {
	first [longestKey + 2]uint32 // by length: the first letters, each a bit; none of longer keys
	any   uint32                 // of all lengths
}

const longestKey = 15

// NewKeys is the set of the given keys, which begin with a letter and have at most 15 bytes.
func NewKeys(keys ...string) *Keys {
	k := &Keys{}
	for _, key := range keys {
		k.first[len(key)] |= letter(key[0])
		k.any |= letter(key[0])
	}
	return k
}

// letter is the same bit for both cases of a letter.
func letter(c byte) uint32 { return 1 << (c & 31) }

// count is 1 where the key whose content begins at i may be in the set, and 0 where it is not. It has no branch that depends on
// the key but for escapes, since nobody could guess which way it goes.
func (k *Keys) count(b []byte, i, length int, escaped bool) uint32 {
	letters := k.first[min(length, longestKey+1)]
	if escaped {
		if letters = k.any; b[i] == '\\' {
			return 1
		}
	}
	return letters >> (b[i] & 31) & 1 // of an empty key that is the quote behind it
}

// Marks are what a Decoder that knows of notable keys leaves for who looks into the bodies next. The zero Marks say nothing.
type Marks struct {
	// Quiet are long objects and arrays inside of the bodies, in their order, in which no key is that the Decoder was told to be
	// notable.
	Quiet []Span

	special []byte // see look
}

// StringEnd is what the function of that name says of the record that was decoded, or of a copy.
func (m *Marks) StringEnd(record []byte, i int) (end int, escaped bool) {
	if end = near(m.special, record, i); end > 0 {
		return end, false
	}
	return stringEnd(record, i)
}

// Clone is a copy that lasts.
func (m *Marks) Clone() Marks { return Marks{slices.Clone(m.Quiet), slices.Clone(m.special)} }

const (
	shortestQuiet = 64      // what is shorter is read as fast as it is looked up
	deepestQuiet  = 64      // what is deeper is not quiet, nor is what it is in
	mostQuiet     = 1 << 14 // of one record
)

// opening is where an object or array began, and what had been found by then.
type opening struct {
	start uint32
	quiet uint32 // how many spans
	keys  uint32 // how many keys of the set
}

// quiet finds the objects and arrays in which no key of a set is.
type quiet struct {
	set   *Keys  // nil: nobody wants to know
	keys  uint32 // so many of them were met
	spans []Span // in their order, none in another
	open  [deepestQuiet]opening
}

func (q *quiet) begin() { q.keys, q.spans = 0, q.spans[:0] }

// opens notes that an object or array begins.
func (q *quiet) opens(depth, i int) {
	if depth >= deepestQuiet {
		q.keys++
		return
	}
	q.open[depth] = opening{uint32(i), uint32(len(q.spans)), q.keys}
}

// closes notes that it has ended.
func (q *quiet) closes(depth, end int) {
	if depth >= deepestQuiet {
		return
	}
	if o := &q.open[depth]; o.keys == q.keys && end-int(o.start) >= shortestQuiet && int(o.quiet) < mostQuiet {
		q.spans = append(q.spans[:o.quiet], Span{o.start, uint32(end)})
	}
}
