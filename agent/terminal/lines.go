package terminal

import (
	"bytes"
	"io"
)

// Lines returns a writer that escapes all but the newlines, for text in which unprintable characters are escaped mostly:
// log/slog lets DEL pass. Every Write must end between two characters.
func Lines(to io.Writer) io.Writer { return lineWriter{to} }

type lineWriter struct{ to io.Writer }

func (w lineWriter) Write(text []byte) (int, error) {
	var out []byte
	for line := range bytes.Lines(text) {
		content, ended := bytes.CutSuffix(line, []byte("\n"))
		if out = AppendEscaped(out, content); ended {
			out = append(out, '\n')
		}
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(text), nil
}
