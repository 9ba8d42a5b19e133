package completeness

import (
	"math"
	"slices"
	"time"
)

const (
	settle     = time.Minute // what batching adds to the writing of a line (--audit-log-batch-max-wait is 30s by default), and more
	agreeing   = 3           // scrapes that make a difference an alarm,
	remembered = 20          // among so many newest: while much happens, few of them show a small difference

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
