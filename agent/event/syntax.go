package event

// SyntaxError tells why a record is not an audit event. It never quotes the record.
type SyntaxError struct {
	Reason string // a fixed phrase: "invalid JSON", "duplicate field", "wrong type", "not an audit event", "reserved field", "record too long"
	Offset int    // where in the record
}

func (e *SyntaxError) Error() string { return e.Reason }

// The reasons of a SyntaxError: all there are, so that they can be a metric label.
const (
	invalidJSON   = "invalid JSON"
	duplicate     = "duplicate field"
	wrongType     = "wrong type"
	notAudit      = "not an audit event"
	reservedField = "reserved field"
	tooLong       = "record too long"
)

// fail notes why the record is refused. Its result is what every function here returns instead of a position then.
func (d *Decoder) fail(reason string, offset int) int {
	d.err = SyntaxError{Reason: reason, Offset: offset}
	return -1
}
