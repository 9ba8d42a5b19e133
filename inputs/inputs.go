// Package inputs is the contract of what audit records are read from. An input is replayable: every pipeline opens a
// reader of its own, at a position of its own, and reads at its own speed. Inputs know bytes, not audit events.
package inputs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Start says where a pipeline without a checkpoint begins.
type Start string

// The places to start at.
const (
	Beginning Start = "beginning" // the oldest record that is still there
	End       Start = "end"       // behind the newest
)

// Input can be read by many readers at once.
type Input interface {
	// Open returns a reader. It does not wait for the input to exist.
	Open(o Options) (Reader, error)

	// Run does what the input needs done in the background for all of its readers (waking them, guarding what they
	// have not read from deletion) until ctx ends; it returns when everything it started has ended. Readers work
	// without it, but slower and unguarded. All readers are opened before it is called, but for those of pipelines that are
	// made anew while it runs: the input keeps what the one before them had not committed.
	Run(ctx context.Context) error

	// Forget tells that a pipeline is gone for good, and its reader closed: nothing need be kept for it any more. It is safe
	// beside Run.
	Forget(pipeline string)
}

// Options say what a reader reads.
type Options struct {
	Pipeline string          // whose reader it is: "INPUT/OUTPUT"
	Cursor   json.RawMessage // where the pipeline's checkpoint ended; nil: none, Start counts
	Start    Start
	Once     bool // Next returns io.EOF at what was the end of the input when the reader was opened, or later
	Room     Room // nil: there is always room
}

// Room is memory that the readers of many pipelines share. A reader uses it from within Next.
type Room interface {
	// Take is called before a long record is read into memory, of which a part may be there already, with how many bytes it
	// will take; more than once for one record where its length is not known. It waits until there is room. An error
	// is what Next returns then; the record comes with a later call.
	Take(bytes int) error

	// Give is called when the record is not in memory any more.
	Give()
}

// Reader reads the records of an input in their order. All but Lag belongs to one goroutine.
type Reader interface {
	// Next returns the next record. It waits for one until ctx ends, and then returns ctx.Err(); it can be called again
	// with another ctx. A record that is there is returned even if ctx has ended, so ctx.Err() says that all was read that
	// was there when the reader was opened, but for what an error told of. A *GapError says that records are lost; the next call goes on behind the gap. Any other error
	// is a trouble that may pass (permissions, I/O): the caller waits a little and calls again.
	Next(ctx context.Context) (Record, error)

	// Cursor is the position behind the last record that Next returned (or the gap that it told of). It is cheap:
	// the position is immutable and is only encoded when MarshalJSON is called, from any goroutine.
	Cursor() Cursor

	// Commit tells that everything before the cursor is done for good, in the order of the cursors. The input may
	// then let go of what it kept for this reader. Safe for use beside Next.
	Commit(Cursor)

	// Lag is how much there is behind the position of Next. Safe for use beside Next.
	Lag() Lag

	Close() error
}

// HandsOver is a Reader that has memory of its own for some records, and can do without it.
type HandsOver interface {
	Reader

	// HandOver leaves the memory of the last record to who calls it, until that gives it to buffers.Put. false: it stays the
	// reader's, as ever.
	HandOver() bool
}

// Cursor is a position in an input.
type Cursor interface{ json.Marshaler }

// Record is one line.
type Record struct {
	Data []byte // without its newline; valid until the next call of Next
	Torn string // not empty: it is no whole line, and why ("file closed without newline"); never an event

	// Where an agent has shipped the event before: the ID that it gave it, and the "auditship" object that it added, without the
	// closing brace, which the event keeps. nil: nobody has.
	Shipped []byte
	ID      [16]byte
}

// Lag is what a reader has not returned yet.
type Lag struct {
	Bytes            int64   // uncompressed where known
	SecondsUntilLoss float64 // at present rates, until unread data is deleted; +Inf: not in sight
}

// GapError tells of records that are lost to a reader.
type GapError struct {
	File     string    // base name
	From, To int64     // uncompressed offsets; -1: unknown
	First    time.Time // time range the lost records are in, as far as known
	Last     time.Time
	Reason   string // "deleted before it was read", "truncated" …
}

// Bytes is how many are lost, -1 where that is unknown.
func (e *GapError) Bytes() int64 {
	if e.From < 0 || e.To < 0 {
		return -1
	}
	return e.To - e.From
}

func (e *GapError) Error() string {
	return fmt.Sprintf("gap in %s, bytes %d to %d: %s", e.File, e.From, e.To, e.Reason)
}
