package webhook

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// scanner reads JSON as it comes, and holds no more of it than its buffer. It finds where values begin and end; whether what is inside
// of them is well-formed is left to whoever reads the records.
type scanner struct{ *bufio.Reader }

const window = 8 << 10

func newScanner(r io.Reader) scanner { return scanner{bufio.NewReaderSize(r, window)} }

// malformedError is what is wrong with a list. It says nothing of what is in it.
type malformedError struct{ problem string }

func (e *malformedError) Error() string { return e.problem }

func malformed(format string, args ...any) error {
	return &malformedError{fmt.Sprintf(format, args...)}
}

var errNoJSON = malformed("a body that is no JSON")

// next returns the first byte that is no white space, and leaves it unread.
func (s scanner) next() (byte, error) {
	for {
		c, err := s.ReadByte()
		switch {
		case err == io.EOF:
			return 0, io.ErrUnexpectedEOF
		case err != nil:
			return 0, err
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			return c, s.UnreadByte()
		}
	}
}

// expect reads one byte.
func (s scanner) expect(want byte) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if c != want {
		return errNoJSON
	}
	_, err = s.Discard(1)
	return err
}

// more tells whether a member or element follows, of an object or array that ends with a byte, which is read.
func (s scanner) more(first bool, end byte) (bool, error) {
	c, err := s.next()
	if err != nil {
		return false, err
	}
	if c == end {
		return false, s.expect(end)
	}
	if !first {
		return true, s.expect(',')
	}
	return true, nil
}

// maxName is how long a name may be, or what kind and apiVersion are.
const maxName = 256

// text reads a short string.
func (s scanner) text() (text string, err error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	quoted := make([]byte, 1, 32)
	quoted[0] = '"'
	for escaped := false; len(quoted) < maxName; {
		c, err := s.ReadByte()
		if err != nil {
			return "", reading(err)
		}
		quoted = append(quoted, c)
		if c == '"' && !escaped {
			if json.Unmarshal(quoted, &text) != nil {
				return "", errNoJSON
			}
			return text, nil
		}
		escaped = c == '\\' && !escaped
	}
	return "", malformed("a body with a name of more than %d bytes", maxName)
}

// reading is why a value has no end.
func reading(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// skip reads a value.
func (s scanner) skip() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if c == '{' || c == '[' || c == '"' {
		return s.value(nowhere{})
	}
	for { // a number or a word
		c, err := s.next()
		if err != nil || c == ',' || c == '}' || c == ']' {
			return err
		}
		if _, err := s.Discard(1); err != nil {
			return err
		}
	}
}

// taker is given a value part by part.
type taker interface{ take(part []byte) error }

type nowhere struct{}

func (nowhere) take([]byte) error { return nil }

// value reads an object, an array or a string. Line breaks in it are left out.
func (s scanner) value(to taker) error {
	var w walk
	for {
		if _, err := s.Peek(1); err != nil {
			return reading(err)
		}
		b, _ := s.Peek(s.Buffered())
		n, skip, err := w.step(b)
		if err != nil {
			return err
		}
		if err := to.take(b[:n]); err != nil {
			return err
		}
		if _, err := s.Discard(n + skip); err != nil {
			return err
		}
		if w.over() {
			return nil
		}
	}
}
