package event

// Shape is another form of a shipped event than ours. With a Head it is an object into which the fields of the record are put
// somewhere inside, each under its own name and in the order of the constants: package ecs makes it. A Bare one is the record with nothing of ours
// but what must be told: see appendBare; package compat makes it.
type Shape struct {
	Head        []byte // from the opening brace to behind two more, between which and their closing ones the fields go; nil: no Shape
	Annotations []byte // what stands in place of the value of annotations; nil: the value itself

	Bare bool
	Tail []byte // of a Bare one: members to go behind those of the record, with commas between them; none of them is a field of events
}

// Shaper gives events a Shape. It belongs to one goroutine.
type Shaper interface {
	// Shape sets the Shape of an event whose Enrichment was made, and appends what that takes to dst. Equal events give equal bytes.
	Shape(e *Event, dst []byte) []byte
}

// appendShaped is AppendJSON for an event with a Shape.
func (e *Event) appendShaped(dst []byte) []byte {
	cut := e.cut()
	dst = append(dst, e.Shape.Head...)
	for f := range NumFields {
		value := e.shaped(f)
		if value == nil || cut.Has(f) {
			continue
		}
		if needsComma(dst[len(dst)-1]) {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), fieldNames[f]...), '"', ':')
		dst = append(dst, value...)
	}
	return append(dst, "}}"...)
}

// shapedSize is how many bytes appendShaped appends.
func (e *Event) shapedSize() int {
	cut := e.cut()
	size, commas := len(e.Shape.Head), comma(e.Shape.Head[len(e.Shape.Head)-1])
	for f := range NumFields {
		if value := e.shaped(f); value != nil && !cut.Has(f) {
			size += commas + len(fieldNames[f]) + len(`"":`) + len(value)
			commas = 1
		}
	}
	return size + len("}}")
}

// shaped is the value of a field in an event with a Shape; nil where there is none.
func (e *Event) shaped(f Field) []byte {
	if f == Annotations && e.Shape.Annotations != nil && e.Has(f) {
		return e.Shape.Annotations
	}
	return e.Bytes(e.Members[f].Value)
}
