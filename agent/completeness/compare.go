package completeness

import (
	"maps"
	"math"
	"slices"
	"time"
)

const (
	settle     = time.Minute // what batching adds to the writing of a line (--audit-log-batch-max-wait is 30s by default), and more
	agreeing   = 3           // scrapes that make a difference an alarm,
	remembered = 20          // among so many newest: while much happens, few of them show a small difference
	maxPending = 16
	sameStart  = 2.0 // seconds that the start of one process may seem to move by, being worked out from the clock

	// A base is taken at a bad moment when an event has its stamp and is not counted yet, for longer than lead. Until later
	// scrapes agree with it to the event, it may be wrong by doubt, and a better one is sought; after maxMoves it is
	// believed, so that a loss that goes on and on is no excuse for another.
	doubt    = 5
	maxMoves = 5
)

// interval is how many events are missing; negative: are there and were not counted.
type interval struct {
	Least int64 `json:"least"`
	Most  int64 `json:"most"`
}

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

// judge takes the verdicts that can be had when everything was read that was in the log at a time.
func (c *comparison) judge(readUpTo time.Time) {
	for len(c.Pending) > 0 && !c.Pending[0].To.Add(settle).After(readUpTo) {
		s := c.Pending[0]
		c.Pending = c.Pending[1:]
		c.Judged = s.To
		c.decide(s)
	}
}

func (c *comparison) decide(s *scrape) {
	newest := s.between(c.Base)
	if c.Recent = append(c.Recent, newest); len(c.Recent) > remembered {
		c.Recent = c.Recent[1:]
	}
	c.Exact = c.Exact || c.agree()
	slack := c.slack()
	c.forgive(slack)
	if newest.Least-slack <= c.Missing && -newest.Most-slack <= c.Surplus {
		c.Agreed = s.To
	}
	if slack > 0 && s.width() == 0 && newest.Least <= slack && newest.Most >= -slack {
		c.Moves++
		c.rebase(s)
		return
	}
	c.Missing = max(c.Missing, third(c.Recent, func(i interval) int64 { return i.Least - slack }))
	c.Surplus = max(c.Surplus, third(c.Recent, func(i interval) int64 { return -i.Most - slack }))
}

// slack is what the base may be wrong by.
func (c *comparison) slack() int64 {
	if c.Exact || c.Moves >= maxMoves {
		return 0
	}
	return doubt
}

// agree tells whether the verdicts leave nothing but no difference.
func (c *comparison) agree() bool {
	all := interval{math.MinInt64, math.MaxInt64}
	for _, r := range c.Recent {
		all.Least, all.Most = max(all.Least, r.Least), min(all.Most, r.Most)
	}
	return all == interval{}
}

// forgive takes back what the last scrapes, all of them, know better: lines came very late.
func (c *comparison) forgive(slack int64) {
	if len(c.Recent) < agreeing {
		return
	}
	missing, surplus := int64(0), int64(0)
	last := c.Recent[len(c.Recent)-agreeing:]
	for _, r := range last {
		missing, surplus = max(missing, r.Most+slack), max(surplus, slack-r.Least)
	}
	if missing < c.Missing || surplus < c.Surplus {
		c.Missing, c.Surplus = min(c.Missing, missing), min(c.Surplus, surplus)
		c.Recent = slices.Clone(last)
	}
}

// third is what at least three verdicts reach.
func third(of []interval, value func(interval) int64) int64 {
	if len(of) < agreeing {
		return 0
	}
	values := make([]int64, len(of))
	for i, r := range of {
		values[i] = value(r)
	}
	slices.Sort(values)
	return values[len(values)-agreeing]
}

// missing and surplus are the totals.
func (c *comparison) missing() uint64 { return uint64(c.Before.Missing + c.Missing) }
func (c *comparison) surplus() uint64 { return uint64(c.Before.Surplus + c.Surplus) }
