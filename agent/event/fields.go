package event

// fieldNames are the keys of the fields, in the order of their constants.
var fieldNames = [NumFields]string{
	"kind", "apiVersion", "level", "auditID", "stage", "requestURI", "verb", "user", "impersonatedUser",
	"authenticationMetadata", "sourceIPs", "userAgent", "objectRef", "responseStatus", "requestObject", "responseObject",
	"requestReceivedTimestamp", "stageTimestamp", "annotations",
}

var fieldKeys = newNames(fieldNames[:])

// reservedNames are the members that shipped events get.
var reservedNames = [...]string{"auditship", "@timestamp"}

// String is the key of the field in an audit event.
func (f Field) String() string { return fieldNames[f] }

// find is the index of key in names, or their number where it is not among them. It begins with the one that is expected:
// the API server writes fields in a fixed order, so that mostly the first or second comparison hits.
func (d *Decoder) find(names []string, expect int, key Text) int {
	content := d.data[key.Start:key.End]
	if key.Escaped {
		return findEscaped(names, content)
	}
	for i := expect; i < len(names); i++ {
		if string(content) == names[i] {
			return i
		}
	}
	for i := range min(expect, len(names)) {
		if string(content) == names[i] {
			return i
		}
	}
	return len(names)
}

func findEscaped(names []string, content []byte) int {
	for i, name := range names {
		if equal(content, name) {
			return i
		}
	}
	return len(names)
}
