package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/identity"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// commitEvery is the shortest time between two checkpoints that nobody waits for: the disk is etcd's.
const commitEvery = time.Second

// committer moves the checkpoint: to the end of the acknowledged batches that have no unacknowledged one before them.
type committer struct {
	p      *Pipeline
	wake   chan struct{} // something is to be committed
	saving chan struct{} // a token while a save is under way: one at a time, each with what is newest

	mu        sync.Mutex
	oldest    map[uint64]time.Time    // of the batches under way: when their first event happened
	done      map[uint64]acknowledged // out of order, waiting for the ones before
	next      uint64                  // sequence of the batch that all wait for
	cursor    inputs.Cursor           // behind the acknowledged batches
	mints     identity.Mints          // of all before the cursor
	at        checkpoint.Checkpoint   // what to save, but for its cursor
	inWrite   int                     // events in the Write under way
	replay    bool                    // what lies behind the cursor may have been sent before a crash
	abandoned bool
	broken    chan struct{} // not nil: saving fails; closed when it works again
}

type acknowledged struct {
	cursor inputs.Cursor
	state  []byte
	counts ledger.Counts
	gaps   []ledger.Gap
	mints  []identity.Mint
	newest time.Time // when its last event happened
}

func (c *committer) open(p *Pipeline, last *checkpoint.Checkpoint) {
	c.p, c.wake, c.saving, c.done, c.oldest = p, make(chan struct{}, 1), make(chan struct{}, 1), map[uint64]acknowledged{}, map[uint64]time.Time{}
	c.at, c.cursor, c.replay = *last, p.reader.Cursor(), !last.Clean
	c.mints = identity.Restore(last.Mints)
	c.at.Input, c.at.Output = p.InputName, p.OutputName
}

// begin puts on disk that from now on events are sent, so that a crash is known for one after it. It does so even if that is
// known: a process that was killed may have left the checkpoint and the state that we go on from in the page cache alone, and
// what is sent must not rest on that. It goes on trying; the error is that of ctx.
func (c *committer) begin(ctx context.Context) error {
	c.mu.Lock()
	c.at.Clean = false
	c.mu.Unlock()
	c.persist(ctx)
	return ctx.Err()
}

// run commits whenever something is to be committed, not more often than commitEvery, until ctx ends.
func (c *committer) run(ctx context.Context) {
	for {
		if _, ok := receive(ctx, c.wake); !ok {
			return
		}
		c.persist(ctx)
		inputs.Pause(ctx, commitEvery)
	}
}

// persist saves, for as long as it takes. While that fails nothing more is delivered: see healthy.
func (c *committer) persist(ctx context.Context) {
	trouble := c.p.newTrouble()
	for {
		err := c.save()
		if err == nil {
			break
		}
		c.setBroken(true)
		if !trouble.pause(ctx, &outputs.Fault{Reason: "state_disk", Blocked: true, Err: err}) {
			return
		}
	}
	c.setBroken(false)
	trouble.over()
}

// save writes the newest checkpoint and lets the input go of what lies before it.
func (c *committer) save() error {
	c.saving <- struct{}{}
	defer func() { <-c.saving }()
	c.mu.Lock()
	at, cursor := c.at, c.cursor
	c.mu.Unlock()

	position, err := cursor.MarshalJSON()
	if err != nil {
		return err
	}
	at.Cursor, at.Time = position, time.Now().UTC()
	if err := c.p.Store.Save(&at); err != nil {
		return err
	}
	c.p.reader.Commit(cursor)
	c.p.ledger.Update(func(g *ledger.Progress) { g.Committed = at.Time })
	return nil
}

// intend is outputs.Resume.Save.
func (c *committer) intend(ctx context.Context, state []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	c.at.State, c.at.Pending = state, c.inWrite
	c.mu.Unlock()
	if err := c.save(); err != nil {
		return &outputs.Fault{Reason: "state_disk", Blocked: true, Err: err}
	}
	return nil
}

// writing tells how many events the Write has that is about to begin.
func (c *committer) writing(events int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inWrite = events
}

// sent takes note of a batch that goes to the deliverers.
func (c *committer) sent(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.oldest[b.sequence], _ = b.times()
	if b.sequence == c.next {
		c.show(time.Time{})
	}
}

// show puts into the books how far the pipeline has come.
func (c *committer) show(newest time.Time) {
	waiting := c.oldest[c.next]
	c.p.ledger.Update(func(g *ledger.Progress) {
		g.Waiting = waiting
		if !newest.IsZero() {
			g.Acknowledged = newest
		}
	})
}

// acknowledge takes note of a batch that is done, and of those behind it that waited for it.
func (c *committer) acknowledge(b *batch, ack outputs.Ack, counts ledger.Counts) {
	booked := counts
	booked.Read, booked.Gaps, booked.GapBytes = 0, 0, 0 // when they were read
	c.p.ledger.Add(booked)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, newest := b.times()
	c.done[b.sequence] = acknowledged{cursor: b.cursor, state: ack.State, counts: counts, gaps: b.gaps, mints: b.mints, newest: newest}
	for {
		first, there := c.done[c.next]
		if !there {
			break
		}
		delete(c.done, c.next)
		delete(c.oldest, c.next)
		c.next++
		c.cursor, c.at.Pending = first.cursor, 0 // Pending speaks of what is behind the cursor that was
		c.at.Counts.Add(first.counts)
		if len(first.gaps) > 0 { // into a slice of its own: a save may be reading the one before
			c.at.Gaps = ledger.LatestGaps(slices.Concat(c.at.Gaps, first.gaps))
		}
		c.learn(first.mints)
		if first.counts.Delivered > 0 || first.state != nil {
			c.at.State = first.state
		}
		c.show(first.newest)
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// learn takes note of the tokens of an acknowledged batch: who reads on from the cursor must know what was known there, so that an
// event which comes again gets the same bytes.
func (c *committer) learn(mints []identity.Mint) {
	if len(mints) == 0 {
		return
	}
	for _, mint := range mints {
		c.mints.Add(mint)
	}
	c.at.Mints = c.mints.List() // of its own: a save may be reading the one before
}

// abandon takes note that a batch was given up.
func (c *committer) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandoned = true
}

// finish commits for the last time, when nothing is under way any more. It tells whether everything that was ever sent is
// acknowledged and committed. Where an earlier run crashed, that is only known once this one caughtUp with the log: what
// the other sent may have come as far as the end of the log went then.
func (c *committer) finish(caughtUp bool) (clean bool) {
	c.mu.Lock()
	clean = !c.abandoned && c.at.Pending == 0 && (!c.replay || caughtUp)
	c.at.Clean = clean
	c.mu.Unlock()
	if err := c.save(); err != nil {
		c.p.Log.Error("commit at the end", "error", err)
		return false
	}
	return clean
}

func (c *committer) setBroken(broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case broken && c.broken == nil:
		c.broken = make(chan struct{})
	case !broken && c.broken != nil:
		close(c.broken)
		c.broken = nil
	}
}

// healthy waits until checkpoints can be written: what is delivered without them would come again after a crash, without
// bound. False: ctx ended.
func (c *committer) healthy(ctx context.Context) bool {
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken != nil {
		receive(ctx, broken)
	}
	return ctx.Err() == nil
}
