package outputs

import (
	"errors"
	"fmt"
	"time"
)

// Fault is an error of a destination, told in words of ours: what servers say may repeat parts of events, so their texts
// never become part of an error or a log line.
type Fault struct {
	Reason     string        // short, snake_case, of a small fixed set: it is a metric label and stands in dead letters
	Detail     string        // a status code, the type and field of a server's error; never values
	Permanent  bool          // will fail each time it is tried
	Blocked    bool          // only a human can mend it (credentials, missing index): an alarm, but retried
	RetryAfter time.Duration // the pause that the server asked for; 0: none
	Err        error         // the cause, where it is ours or the network's
}

func (f *Fault) Error() string {
	text := f.Reason
	if f.Detail != "" {
		text += " (" + f.Detail + ")"
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

func (f *Fault) Unwrap() error { return f.Err }

// Permanent marks an error that no retry can mend: the event it belongs to becomes a dead letter.
func Permanent(reason string, err error) error {
	return &Fault{Reason: reason, Permanent: true, Err: err}
}

// FaultOf is the Fault in the chain of err; for any other error one with the reason "unreachable".
func FaultOf(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Reason: "unreachable", Err: err}
}

// PartialError names the events of a Write that were not accepted.
type PartialError struct{ Failures []Failure } // in ascending order of Index

// Failure is one event that was not accepted: for good if FaultOf(Err) is Permanent, else to be written again.
type Failure struct {
	Index int // in the events given to Write
	Err   error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%d events not accepted, the first: %v", len(e.Failures), e.Failures[0].Err)
}
