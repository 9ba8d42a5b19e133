package completeness

import (
	"maps"
	"math"
	"time"
)

const (
	maxPending = 16
	sameStart  = 2.0 // seconds that the start of one process may seem to move by, being worked out from the clock
)

// comparison is where the comparing stands. It is kept on disk together with the reader's cursor.
type comparison struct {
	Since     time.Time         `json:"since"` // of the first scrape
	Started   float64           `json:"started"`
	Last      counted           `json:"last"`
	Base      *scrape           `json:"base"` // what is counted from
	Exact     bool              `json:"exact"`
	Moves     int               `json:"moves"`
	Pending   []*scrape         `json:"pending"` // not judged yet, the oldest first
	Recent    []interval        `json:"recent"`  // the newest verdicts
	Judged    time.Time         `json:"judged"`  // the newest scrape that was
	Agreed    time.Time         `json:"agreed"`  // the newest one that showed nothing new
	Missing   int64             `json:"missing"` // since Base
	Surplus   int64             `json:"surplus"`
	Before    difference        `json:"before"` // Base
	Events    uint64            `json:"events"` // counted by the server since Since
	Unwritten map[string]uint64 `json:"unwritten"`
}

// difference is what was found.
type difference struct {
	Missing int64 `json:"missing"`
	Surplus int64 `json:"surplus"`
}

// counted is what the newest scrape said.
type counted struct {
	Events uint64            `json:"events"`
	Errors map[string]uint64 `json:"errors"`
}

// add takes a sample. It tells whether the comparing begins anew with it, and what could not be written since the last one.
func (c *comparison) add(s sample, clockStepped bool) (anew bool, unwritten map[string]uint64) {
	same := c.Base != nil && c.sameProcess(s)
	unwritten = c.grow(s, same)
	if same && !clockStepped {
		if len(c.Pending) < maxPending {
			c.Pending = append(c.Pending, newScrape(s))
		}
		return false, unwritten
	}
	if c.Base == nil {
		c.Since = s.from
	}
	c.Started, c.Moves, c.Agreed = s.started, 0, s.to
	c.rebase(newScrape(s))
	c.Pending = nil
	return true, unwritten
}

func (c *comparison) sameProcess(s sample) bool {
	for plugin, n := range c.Last.Errors {
		if s.errors[plugin] < n {
			return false
		}
	}
	return math.Abs(s.started-c.Started) <= sameStart && s.events >= c.Last.Events
}

// grow adds up what counters of several processes say. What the first process counted before the first scrape is left
// out, but not what it could not write: that is lost, whenever it was.
func (c *comparison) grow(s sample, same bool) map[string]uint64 {
	switch {
	case same:
		c.Events += s.events - c.Last.Events
	case c.Base != nil:
		c.Events += s.events
	}
	unwritten := map[string]uint64{}
	for plugin, n := range s.errors {
		if same {
			n -= c.Last.Errors[plugin]
		}
		if n > 0 && plugin != "webhook" { // a webhook's troubles are not the log's
			unwritten[plugin] = n
		}
	}
	if c.Unwritten == nil {
		c.Unwritten = map[string]uint64{}
	}
	for plugin, n := range unwritten {
		c.Unwritten[plugin] += n
	}
	c.Last = counted{s.events, maps.Clone(s.errors)}
	return unwritten
}

func (c *comparison) rebase(to *scrape) {
	c.Before.Missing += c.Missing
	c.Before.Surplus += c.Surplus
	c.Base, c.Exact, c.Recent, c.Missing, c.Surplus = to, false, nil, 0, 0
}

// scrapes are those that lines are counted from.
func (c *comparison) scrapes(dst []*scrape) []*scrape {
	if c.Base == nil {
		return dst[:0]
	}
	return append(append(dst[:0], c.Base), c.Pending...)
}

// missing and surplus are the totals.
func (c *comparison) missing() uint64 { return uint64(c.Before.Missing + c.Missing) }
func (c *comparison) surplus() uint64 { return uint64(c.Before.Surplus + c.Surplus) }
