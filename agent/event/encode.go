package event

import "math/bits"

// AppendJSON appends the shipped form of the event: the record with the fields of Trimmed left out and one member at its
// end, "auditship", which is Enrichment, "trimmed":[…] where fields are left out, and a closing brace. No newline.
//
// Fields of Trimmed that the record does not have (or has as null) are neither left out nor named. What stays, stays
// byte by byte; white space at the end goes. An event with a Shape has that, with the fields of the record and no other
// members of it, and then "auditship" all the same.
func (e *Event) AppendJSON(dst []byte) []byte {
	if e.Shape.Head != nil {
		dst = e.appendShaped(dst)
	} else if cut := e.cut(); cut != 0 {
		kept, last := e.kept(cut)
		for _, s := range kept[:last+1] {
			dst = append(dst, e.Raw[s.Start:s.End]...)
		}
	} else {
		dst = append(dst, e.Raw[:e.end(e.Close)]...)
	}
	if e.Shape.Bare {
		return e.appendBare(dst)
	}
	if needsComma(dst[len(dst)-1]) {
		dst = append(dst, ',')
	}
	dst = append(dst, `"auditship":`...)
	dst = e.appendEnrichment(dst)
	return append(dst, "}}"...)
}

func (e *Event) appendEnrichment(dst []byte) []byte {
	if len(e.Enrichment) == 0 {
		dst = append(dst, '{')
	}
	dst = append(dst, e.Enrichment...)
	return appendTrimmed(dst, e.cut())
}

// appendTrimmed appends the member that names what is left out, if anything is.
func appendTrimmed(dst []byte, cut Fields) []byte {
	if cut == 0 {
		return dst
	}
	if needsComma(dst[len(dst)-1]) {
		dst = append(dst, ',')
	}
	dst = append(dst, `"trimmed":[`...)
	for ; cut != 0; cut &= cut - 1 {
		dst = append(dst, '"')
		dst = append(dst, first(cut).String()...)
		dst = append(dst, '"', ',')
	}
	dst[len(dst)-1] = ']'
	return dst
}

// Size is how many bytes AppendJSON appends.
func (e *Event) Size() int {
	if e.Shape.Bare {
		return e.bareSize()
	}
	size := len(`"auditship":`) + max(len(e.Enrichment), len("{")) + len("}}")
	cut := e.cut()
	switch {
	case e.Shape.Head != nil:
		size += e.shapedSize() + len(",")
	case cut == 0:
		end := e.end(e.Close)
		return size + int(end) + comma(e.Raw[end-1])
	default:
		kept, last := e.kept(cut)
		for _, s := range kept[:last+1] {
			size += s.Len()
		}
		size += comma(e.Raw[kept[last].End-1])
	}
	if cut == 0 {
		return size
	}
	if len(e.Enrichment) > 0 {
		size += comma(e.Enrichment[len(e.Enrichment)-1])
	}
	return size + trimmedSize(cut)
}

// trimmedSize is how many bytes appendTrimmed appends, but for a comma, where anything is left out.
func trimmedSize(cut Fields) int {
	size := len(`"trimmed":[]`) - 1
	for ; cut != 0; cut &= cut - 1 {
		size += len(`"",`) + len(first(cut).String())
	}
	return size
}

// needsComma tells whether a comma is missing before the next member, behind c.
func needsComma(c byte) bool { return c != '{' && c != ',' }

func comma(c byte) int {
	if needsComma(c) {
		return 1
	}
	return 0
}

// cut is what AppendJSON leaves out.
func (e *Event) cut() Fields {
	cut := e.Trimmed
	for rest := cut; rest != 0; rest &= rest - 1 {
		if f := first(rest); f >= NumFields || !e.Has(f) {
			cut &^= 1 << f
		}
	}
	return cut
}

// first is the first field in a set that is not empty.
func first(s Fields) Field { return Field(bits.TrailingZeros32(uint32(s))) }

// kept are the parts of the record that stay, up to kept[last]. They end in a member, a comma or the opening brace.
func (e *Event) kept(cut Fields) (kept [NumFields + 1]Span, last int) {
	at := uint32(0)
	for ; cut != 0; last++ {
		f := e.foremost(cut)
		cut &^= 1 << f
		kept[last] = Span{at, e.Members[f].Key}
		at = e.afterComma(e.Members[f].Value.End)
	}
	kept[last] = Span{at, e.Close}
	for {
		if kept[last].End = e.endFrom(kept[last]); kept[last].Len() > 0 {
			return kept, last
		}
		last--
	}
}

// foremost is the field of the set that stands first in the record.
func (e *Event) foremost(set Fields) Field {
	best := first(set)
	for rest := set; rest != 0; rest &= rest - 1 {
		if f := first(rest); e.Members[f].Key < e.Members[best].Key {
			best = f
		}
	}
	return best
}

// afterComma is the position behind the comma that follows a member, or of the closing brace where none follows.
func (e *Event) afterComma(at uint32) uint32 {
	i := space(e.Raw, int(at))
	if e.Raw[i] == ',' {
		i++
	}
	return uint32(i)
}

// end is i without the white space before it.
func (e *Event) end(i uint32) uint32 { return e.endFrom(Span{0, i}) }

func (e *Event) endFrom(s Span) uint32 {
	for s.End > s.Start && isSpace(e.Raw[s.End-1]) {
		s.End--
	}
	return s.End
}
