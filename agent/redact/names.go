package redact

import "bytes"

// longestName is the longest name that is looked at. A longer one is taken for that of a credential.
const longestName = 256

// names finds the names of credentials.
type names struct {
	byFirst [256][][]byte // plain, by their first byte
	buffer  [longestName]byte
}

func newNames(patterns []string) *names {
	n := &names{}
	for _, pattern := range patterns {
		if p := plain(nil, []byte(pattern)); len(p) > 0 {
			n.byFirst[p[0]] = append(n.byFirst[p[0]], p)
		}
	}
	return n
}

// tails are ends of names that are not those of a credential but of something about it: SECRET_NAME, --token-file.
var tails = []string{"file", "path", "dir", "name", "mode", "ttl"}

// match tells whether one of the patterns is in a name, and the name has none of the tails behind it.
func (n *names) match(name []byte) bool {
	if len(name) > longestName {
		return true
	}
	p := plain(n.buffer[:0], name)
	found := false
	for i, c := range p {
		for _, pattern := range n.byFirst[c] {
			if bytes.HasPrefix(p[i:], pattern) {
				if i+len(pattern) == len(p) {
					return true
				}
				found = true
			}
		}
	}
	return found && !hasTail(p)
}

func hasTail(name []byte) bool {
	for _, tail := range tails {
		if bytes.HasSuffix(name, []byte(tail)) {
			return true
		}
	}
	return false
}

// plain appends a name in lower case and without what separates words, so that API_KEY, api-key and apiKey are one.
func plain(dst, name []byte) []byte {
	for _, c := range name {
		switch {
		case c == '_' || c == '-' || c == '.' || c == ' ':
			continue
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
