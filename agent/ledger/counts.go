// Package ledger keeps the books of each pipeline: what was read is delivered, filtered, dead-lettered or in flight, and
// beside it what is known to be lost. It shows them as metrics.
package ledger

import (
	"sync"
	"time"
)

// Counts are the books of one pipeline, in records.
type Counts struct {
	Read         uint64 `json:"read"`
	Delivered    uint64 `json:"delivered"` // acknowledged by the output, repeats included
	Filtered     uint64 `json:"filtered"`  // left out by a named rule
	DeadLettered uint64 `json:"dead_lettered"`
	Duplicate    uint64 `json:"duplicate"` // of the delivered: the output had them already
	Unchecked    uint64 `json:"unchecked"` // of the delivered: the output may hold them twice, and could not look
	Trimmed      uint64 `json:"trimmed"`   // of the delivered: fields left out, because of a size limit or since the output refused them
	Gaps         uint64 `json:"gaps"`
	GapBytes     uint64 `json:"gap_bytes"` // where known
}

// InFlight is what has been read and is neither delivered, filtered nor dead-lettered yet.
func (c Counts) InFlight() uint64 { return c.Read - c.Delivered - c.Filtered - c.DeadLettered }

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Read += other.Read
	c.Delivered += other.Delivered
	c.Filtered += other.Filtered
	c.DeadLettered += other.DeadLettered
	c.Duplicate += other.Duplicate
	c.Unchecked += other.Unchecked
	c.Trimmed += other.Trimmed
	c.Gaps += other.Gaps
	c.GapBytes += other.GapBytes
}

// AddGap adds a gap, and its bytes where they are known.
func (c *Counts) AddGap(g Gap) {
	c.Gaps++
	if g.From >= 0 && g.To > g.From {
		c.GapBytes += uint64(g.To - g.From)
	}
}

// Gap is a loss that was noticed.
type Gap struct {
	Noticed time.Time `json:"noticed"`
	File    string    `json:"file"`
	From    int64     `json:"from"` // From and To are uncompressed offsets; -1: unknown
	To      int64     `json:"to"`
	First   time.Time `json:"first,omitzero"` // time range of the lost events, where known
	Last    time.Time `json:"last,omitzero"`
	Reason  string    `json:"reason"`
}

// keptGaps is how many of the latest gaps a ledger remembers one by one.
const keptGaps = 32

// LatestGaps is what is remembered of gaps that are in the order in which they were noticed.
func LatestGaps(gaps []Gap) []Gap { return gaps[max(0, len(gaps)-keptGaps):] }

// Ledger is the books of one running pipeline. It is safe for concurrent use, and every snapshot balances.
type Ledger struct {
	mu       sync.Mutex
	counts   Counts
	gaps     []Gap
	bytes    int64 // shipped bytes in flight
	progress Progress
}

// Progress is how far a pipeline has come.
type Progress struct {
	Acknowledged time.Time // stageTimestamp of the newest event before which nothing waits
	Waiting      time.Time // stageTimestamp of the oldest event in flight; zero: none
	Committed    time.Time // when the checkpoint was last written
	Blocked      string    // why nothing moves, in one word; empty: it does
	NeedsYou     bool      // that does not pass by itself
}

// New opens the books at what a checkpoint says: counts, and the latest of the gaps among them.
func New(from Counts, gaps ...Gap) *Ledger {
	return &Ledger{counts: from, gaps: append([]Gap(nil), LatestGaps(gaps)...)}
}

// Add books counts, all at once.
func (l *Ledger) Add(c Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Add(c)
}

// AddGap books a loss.
func (l *Ledger) AddGap(g Gap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.AddGap(g)
	l.gaps = LatestGaps(append(l.gaps, g))
}

// AddBytes books shipped bytes that go into flight, or with a negative number leave it.
func (l *Ledger) AddBytes(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += n
}

// Update changes the progress.
func (l *Ledger) Update(change func(*Progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.progress)
}

// Snapshot is the books of one moment.
type Snapshot struct {
	Counts
	Progress
	BytesInFlight int64
	RecentGaps    []Gap
}

// Snapshot reads the books.
func (l *Ledger) Snapshot() Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Snapshot{Counts: l.counts, Progress: l.progress, BytesInFlight: l.bytes, RecentGaps: append([]Gap(nil), l.gaps...)}
}
