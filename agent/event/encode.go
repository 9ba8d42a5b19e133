package event

// AppendJSON appends the shipped form of the event: the record with the fields of Trimmed left out and one member at its
// end, "auditship", which is Enrichment, "trimmed":[…] where fields are left out, and a closing brace. No newline.
func (e *Event) AppendJSON(dst []byte) []byte { return dst }

// Size is how many bytes AppendJSON appends.
func (e *Event) Size() int { return 0 }

// TrimTo leaves out fields until Size is at most max: first both bodies, then the longest of the others, until nothing
// more can go. It reports whether the event fits.
func (e *Event) TrimTo(max int) bool { return false }
