package query

// DecodePath resolves the percent-encoding of a path in place, once, as net/url does: + stands for itself. What is no encoding
// stays: the API server refuses such requests before they are events.
func DecodePath(path []byte) []byte {
	n := 0
	for i := 0; i < len(path); i++ {
		c := path[i]
		if escaped, ok := Escape(path[i:]); ok {
			c = escaped
			i += 2
		}
		path[n] = c
		n++
	}
	return path[:n]
}
