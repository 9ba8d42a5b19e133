package terminal

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns a writer for JSON text that escapes, as \uXXXX, what encoding/json lets through and a terminal would obey or
// hide: DEL, the C1 control characters (U+009B begins an escape sequence), bidirectional and invisible ones. The text means
// the same. Every Write must end between two characters, as those of encoding/json and log/slog do.
func JSON(to io.Writer) io.Writer { return jsonWriter{to} }

type jsonWriter struct{ to io.Writer }

func (w jsonWriter) Write(text []byte) (int, error) {
	if _, err := w.to.Write(escapeJSON(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

func escapeJSON(text []byte) []byte {
	var out []byte // nil: nothing was escaped before i
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		unsafe := r >= 0x7f && !safe(r, size)
		if unsafe && out == nil {
			out = append(out, text[:i]...)
		}
		switch {
		case unsafe:
			out = appendUnit(out, r)
		case out != nil:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	if out == nil {
		return text
	}
	return out
}

// appendUnit escapes one character (RFC 8259, section 7).
func appendUnit(dst []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}
