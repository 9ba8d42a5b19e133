package enrich

import (
	"bytes"
)

// appendCode appends the code of an action. Resources are named by whoever defines them, or calls what nobody defined: names
// that are no part of a code are "other" there.
func appendCode(dst []byte, s *subject, a *action) []byte {
	if a.code[0] != '-' {
		return append(dst, a.code...)
	}
	start := len(dst)
	if s.kind != nil {
		dst = append(dst, s.kind.one...)
	} else {
		if s.takesName() {
			group, _, _ := bytes.Cut(s.Bytes(s.Object.APIGroup.Span), []byte{'.'})
			dst = append(append(dst, group...), '-')
		}
		dst = orOther(singular(dst, s.Bytes(s.Object.Resource.Span)), start)
	}
	if a.below {
		start = len(dst) + 1
		dst = orOther(append(append(dst, '-'), s.Bytes(s.Object.Subresource.Span)...), start)
	}
	return append(dst, a.code...)
}

// orOther replaces what is no part of a code.
func orOther(dst []byte, start int) []byte {
	word := dst[start:]
	if len(word) > 0 && len(word) <= 63 && isCode(word) {
		return dst
	}
	return append(dst[:start], "other"...)
}

// isCode tells whether a word has nothing in it but lower-case letters, digits and hyphens.
func isCode(word []byte) bool {
	for _, c := range word {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
