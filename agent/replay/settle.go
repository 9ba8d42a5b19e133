package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/ledger"
)

// Settle books in the pipeline's checkpoint what became of the letters so far, and ends the replay: letters that it has not
// come to are gone. It returns what became of them. Pipelines that have no checkpoint have no books.
func (r *Replay) Settle(pipeline *checkpoint.Store) (outcome ledger.Counts, err error) {
	store := r.Store()
	last, err := store.Load()
	if err != nil {
		return outcome, err
	}
	if last != nil {
		outcome = last.Counts
		if err := r.book(pipeline, last); err != nil {
			return outcome, err
		}
	}
	if err := r.on.Remove(r.letters); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return outcome, fmt.Errorf("end replay: %w", err)
	}
	if err := r.clear(); err != nil {
		return outcome, fmt.Errorf("end replay: %w", err)
	}
	return outcome, nil
}

func (r *Replay) book(pipeline *checkpoint.Store, last *checkpoint.Checkpoint) error {
	at, err := parseCursor(last.Cursor)
	if err != nil {
		return err
	}
	c, err := pipeline.Load()
	if err != nil || c == nil {
		return err
	}
	if c.Replayed != at.Replay {
		c.Counts, c.Replayed = moved(c.Counts, last.Counts), at.Replay
		c.Gaps = ledger.LatestGaps(append(c.Gaps, last.Gaps...))
	}
	c.Time = time.Now().UTC()
	return errors.Join(pipeline.Save(c), pipeline.Close()) // also what is booked already: it may be in the page cache alone
}

// moved are the books of a pipeline after a replay: what was dead-lettered is delivered or filtered, or lost where its file
// was damaged. Read stays, but where the letters are older than the books, after somebody has started these anew.
func moved(books, replayed ledger.Counts) ledger.Counts {
	done := replayed.Delivered + replayed.Filtered
	known := min(done, books.DeadLettered)
	replayed.Read, replayed.DeadLettered = done-known, 0
	books.DeadLettered -= known
	books.Add(replayed)
	return books
}
