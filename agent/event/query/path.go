package query

// DecodePath resolves the percent-encoding of a path in place, once, as net/url does: + stands for itself. What is no encoding
// stays: the API server refuses such requests before they are events.
func DecodePath(path []byte) []byte {
	n := 0
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if high, low := hex(path[i+1]), hex(path[i+2]); high < 16 && low < 16 {
				c = high<<4 | low
				i += 2
			}
		}
		path[n] = c
		n++
	}
	return path[:n]
}
