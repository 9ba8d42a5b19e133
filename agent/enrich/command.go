package enrich

import "bytes"

// Command is a command as it would be typed into a shell, so that it is clear where its parts end.
func Command(argv []string) string {
	parts := make([][]byte, len(argv))
	for i, arg := range argv {
		parts[i] = []byte(arg)
	}
	return string(appendCommand(nil, parts))
}

// ordinary are the bytes below 0x80 that mean themselves to a shell.
const ordinary = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-^"

func appendCommand(dst []byte, argv [][]byte) []byte {
	for i, arg := range argv {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendArg(dst, arg)
	}
	return dst
}

func appendArg(dst, arg []byte) []byte {
	if len(arg) > 0 && !bytes.ContainsFunc(arg, needsQuotes) {
		return append(dst, arg...)
	}
	dst = append(dst, '\'')
	for _, c := range arg {
		if c == '\'' {
			dst = append(dst, `'\'`...)
		}
		dst = append(dst, c)
	}
	return append(dst, '\'')
}

func needsQuotes(r rune) bool { return r < 0x80 && !bytes.ContainsRune([]byte(ordinary), r) }
