package forward

import (
	"errors"
	"io"
	"os"

	"github.com/tinylib/msgp/msgp"

	"github.com/auditship/auditship/outputs"
)

// What an answer may be: those of the protocol have a few short members.
const (
	maxAnswer   = 16 << 10
	maxElements = 64
	maxText     = 4 << 10
	maxNesting  = 4
)

// answers are what a receiver sends, one after the other.
type answers struct {
	from   io.LimitedReader
	reader *msgp.Reader
}

func newAnswers(from io.Reader) *answers {
	a := &answers{from: io.LimitedReader{R: from}}
	a.reader = msgp.NewReaderSize(&a.from, 512)
	a.reader.SetMaxElements(maxElements)
	a.reader.SetMaxStringLength(maxText)
	a.reader.SetMaxRecursionDepth(maxNesting)
	return a
}

// next waits for the next answer: a map[string]any, []any or a scalar.
func (a *answers) next() (any, *outputs.Fault) {
	a.from.N = maxAnswer
	answer, err := a.reader.ReadIntf()
	switch {
	case err == nil:
		return answer, nil
	case a.from.N <= 0:
		return nil, &outputs.Fault{Reason: unexpected, Detail: "longer than any of the protocol"}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), !isSyntax(err):
		return nil, connFault(err)
	}
	return nil, &outputs.Fault{Reason: unexpected, Detail: "no msgpack of the protocol", Blocked: true} // the error may repeat what was sent
}

// isSyntax tells what was read badly from what could not be read.
func isSyntax(err error) bool {
	var known msgp.Error
	return errors.As(err, &known)
}

// acknowledges looks for the one answer that is wanted: {"ack": ID}.
func acknowledges(answer any, id string) *outputs.Fault {
	switch a := answer.(type) {
	case map[string]any:
		if text(a["ack"]) == id {
			return nil
		}
		return &outputs.Fault{Reason: unexpected, Detail: "the acknowledgement of another chunk"}
	case []any:
		if len(a) > 0 && text(a[0]) == "HELO" {
			return &outputs.Fault{Reason: unauthorized, Detail: "the receiver asks for a shared key", Blocked: true}
		}
	}
	return &outputs.Fault{Reason: unexpected, Detail: "no acknowledgement", Blocked: true}
}

// text is what a string or binary holds: Ruby's strings are sent as either.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}
