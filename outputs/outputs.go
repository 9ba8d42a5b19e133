// Package outputs is the contract of where events are delivered. Outputs know events, not files: where an event came from,
// which rules it passed and when a position is committed is the pipeline's.
package outputs

import (
	"context"

	"github.com/auditship/auditship/agent/event"
)

// Output delivers batches to one destination and makes repeats invisible there: delivery is at least once, since after
// a crash everything behind the last commit comes again, in the same order.
type Output interface {
	// Open makes the output ready; it is called once, before all else. It must not need the destination to be up: a
	// dead server at start is trouble that Write retries. An error means that the output can't work as configured.
	Open(ctx context.Context, r Resume) error

	// Write delivers the events, oldest first, and returns when the destination has acknowledged them. With a nil error
	// all are accepted. A *PartialError names those which are not; the others are, and the Ack counts for these. After
	// any other error nothing is known, and Write is called again with the same events.
	//
	// Who calls decides about retries: it calls again after a pause, for ever, but for what Permanent marks. So Write
	// returns soon after ctx ends, and does not pause or retry by itself, except for what can't wait (splitting a
	// request that is too large). Events and all they refer to are valid until Write returns, and must not be changed
	// but by TrimTo and Trimmed.
	Write(ctx context.Context, events []event.Event) (Ack, error)

	// Traits never change.
	Traits() Traits

	// Close lets go of everything; no Write is under way.
	Close() error
}

// Traits are what the pipeline must know of an output.
type Traits struct {
	Writes        int // how many Writes it bears side by side, at least 1. With more than one, it gets along with any order of completion
	MaxEventBytes int // shipped events longer than this are trimmed before Write, where the configuration says nothing else
}

// Resume is what the pipeline kept of the time before.
type Resume struct {
	Pipeline string // "INPUT/OUTPUT"
	State    []byte // of the last committed Ack or the last Save, whichever came later; nil at first

	// Pending is how many events the Write held that called Save and was not acknowledged before the crash; 0: none.
	// The first Write gets exactly these again, unless the configuration or the log changed in between.
	Pending int

	// Replay tells that events may come that were delivered before: there was a checkpoint, and no clean stop after it.
	Replay bool

	// Save makes an intent durable: when it returns nil, the state given will be in Resume.State after a crash, and
	// Pending will be the number of events in the Write that calls it. Only to be called from within Write, before
	// anything is sent; only outputs with Traits.Writes 1 may use it. It costs an fsync.
	Save func(ctx context.Context, state []byte) error
}

// Ack is what a destination said to accepted events.
type Ack struct {
	State      []byte // committed in one atomic write with the position behind these events; nil: none
	Duplicates int    // how many of them it had already: repeats that were met and hidden
	Trimmed    int    // how many of them it took only without some fields
	Unchecked  int    // how many of them may stand there twice now: they may be repeats, and we have no right to look
}
