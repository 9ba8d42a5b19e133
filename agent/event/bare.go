package event

import "encoding/hex"

// appendBare ends a shipped event that shall look as the record does: with the members of its Tail, and with an "auditship" object only where something was
// taken out of the record, which must not go unsaid. Then that has the ID, "redacted" and "trimmed".
func (e *Event) appendBare(dst []byte) []byte {
	if len(e.Shape.Tail) > 0 {
		if needsComma(dst[len(dst)-1]) {
			dst = append(dst, ',')
		}
		dst = append(dst, e.Shape.Tail...)
	}
	cut := e.cut()
	if cut == 0 && e.Redacted == nil {
		return append(dst, '}')
	}
	if needsComma(dst[len(dst)-1]) {
		dst = append(dst, ',')
	}
	dst = hex.AppendEncode(append(dst, `"auditship":{"id":"`...), e.ID[:])
	dst = append(dst, '"')
	if e.Redacted != nil {
		dst = append(append(dst, `,"redacted":`...), e.Redacted...)
	}
	return append(appendTrimmed(dst, cut), "}}"...)
}

// bareSize is how many bytes AppendJSON appends of a Bare event.
func (e *Event) bareSize() int {
	cut := e.cut()
	kept, last := e.kept(cut)
	size := len(e.Shape.Tail) + len("}")
	for _, s := range kept[:last+1] {
		size += s.Len()
	}
	end := e.Raw[kept[last].End-1]
	if len(e.Shape.Tail) > 0 {
		size += comma(end)
		end = e.Shape.Tail[len(e.Shape.Tail)-1]
	}
	if cut == 0 && e.Redacted == nil {
		return size
	}
	size += comma(end) + len(`"auditship":{"id":""}`) + 2*len(e.ID)
	if e.Redacted != nil {
		size += len(`,"redacted":`) + len(e.Redacted)
	}
	if cut != 0 {
		size += len(",") + trimmedSize(cut)
	}
	return size
}
