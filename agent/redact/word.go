package redact

// word is a key that means something here.
type word uint8

const (
	other word = iota
	annotationsWord
	binaryDataWord
	commandWord // or args
	dataWord
	envWord
	itemsWord
	kindWord
	managedFieldsWord
	metadataWord
	nameWord
	opWord
	pathWord
	specWord // or status
	stringDataWord
	tokenWord
	valueWord
)

// wordOf is the meaning of a key, whose escapes are resolved. Kubernetes compares keys exactly; a server that does not may be
// behind an extension, so that here their case counts for nothing.
func wordOf(key []byte) word {
	switch len(key) {
	case 2:
		return either(key, "op", opWord, "", other)
	case 3:
		return either(key, "env", envWord, "", other)
	case 4:
		return fourLetters(key)
	case 5:
		if fold(key, "items") {
			return itemsWord
		}
		return either(key, "value", valueWord, "token", tokenWord)
	case 6:
		return either(key, "status", specWord, "", other)
	case 7:
		return either(key, "command", commandWord, "", other)
	case 8:
		return either(key, "metadata", metadataWord, "", other)
	case 10:
		return either(key, "stringdata", stringDataWord, "binarydata", binaryDataWord)
	case 11:
		return either(key, "annotations", annotationsWord, "", other)
	case 13:
		return either(key, "managedfields", managedFieldsWord, "", other)
	}
	return other
}

func fourLetters(key []byte) word {
	switch key[0] | 0x20 {
	case 'k':
		return either(key, "kind", kindWord, "", other)
	case 'd':
		return either(key, "data", dataWord, "", other)
	case 'n':
		return either(key, "name", nameWord, "", other)
	case 's':
		return either(key, "spec", specWord, "", other)
	case 'p':
		return either(key, "path", pathWord, "", other)
	case 'a':
		return either(key, "args", commandWord, "", other)
	}
	return other
}

func either(key []byte, one string, first word, two string, second word) word {
	switch {
	case fold(key, one):
		return first
	case fold(key, two):
		return second
	}
	return other
}

// fold tells whether b is s, which is in lower case, but for the case of its letters.
func fold[T ~string | ~[]byte](b T, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range len(s) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}
