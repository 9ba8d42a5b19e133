package event

import "errors"

// Decoder finds the fields of records. It keeps its memory between calls and belongs to one goroutine.
type Decoder struct{}

// SyntaxError tells why a record is not an audit event. It never quotes the record.
type SyntaxError struct {
	Reason string // a short fixed phrase: "invalid JSON", "duplicate field", "wrong type", "not an audit event"
	Offset int    // where in the record
}

func (e *SyntaxError) Error() string { return e.Reason }

// Decode fills e with where everything is in record, which e refers to from then on. ID and what follows Decision are
// reset. The error is a *SyntaxError.
func (d *Decoder) Decode(record []byte, e *Event) error { return errors.New("todo") }
