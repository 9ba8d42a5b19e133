package completeness

import (
	"context"
	"errors"
	"time"
)

const (
	timeout  = 10 * time.Second // of a scrape
	reminder = time.Hour        // of trouble that goes on
	unsteady = 3                // scrapes in a row that each found another process

	// stepped is more than clocks are slewed by between two scrapes.
	stepped = 100 * time.Millisecond
)

// trouble is why scrapes fail.
type trouble struct {
	reason string
	told   time.Time
}

// ask scrapes and tells what is new.
func (c *Checker) ask(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s, err := c.scrape(asking)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		c.fail(err)
		return
	}
	first := c.state.Base == nil
	anew, unwritten := c.state.add(s, c.clockStepped(s.to))
	for plugin, n := range unwritten {
		c.Log.Error("the API server could not write audit events: they are lost, and only its own log may tell what they were",
			"plugin", plugin, "events", n, "advice", "see whether --audit-log-maxsize (in MB) is above the longest event, and the disk has room")
	}
	c.steady(anew && !first)
	if anew && !first {
		c.Log.Info("the API server was restarted, or the clock was set: the comparison with its log begins anew")
	}
}

// clockStepped compares the two clocks that a time in memory has.
func (c *Checker) clockStepped(now time.Time) bool {
	last := c.last
	c.last = now
	if last.IsZero() {
		return false
	}
	difference := now.Round(0).Sub(last.Round(0)) - now.Sub(last)
	return difference.Abs() > stepped
}

// steady notices an address behind which there are several servers.
func (c *Checker) steady(changed bool) {
	if c.changes++; !changed {
		c.changes = 0
	}
	if c.changes >= unsteady {
		c.fail(&fault{reason: "unsteady", advice: "each scrape finds another process: give the address of the API server that writes this log, not that of a load balancer", err: nil})
		return
	}
	if c.trouble.reason != "" {
		c.Log.Info("the API server's counters can be read again", "was", c.trouble.reason)
	}
	c.trouble = trouble{}
}

// fail tells of trouble when it is new, and once in a while.
func (c *Checker) fail(err error) {
	var f *fault
	if !errors.As(err, &f) {
		f = &fault{reason: "unreachable", err: err}
	}
	if f.reason == c.trouble.reason && time.Since(c.trouble.told) < reminder {
		return
	}
	c.trouble = trouble{f.reason, time.Now()}
	args := []any{"error", f}
	if f.advice != "" {
		args = append(args, "advice", f.advice)
	}
	c.Log.Warn("the API server's counters can't be compared with its log", args...)
}

// judge tells what is new of the difference.
func (c *Checker) judge(readUpTo time.Time) {
	missing, surplus, agreed := c.state.missing(), c.state.surplus(), c.state.Agreed
	c.state.judge(readUpTo)
	if now := c.state.missing(); now > missing {
		c.Log.Error("the API server counted audit events that are not in its log", "events", now-missing, "in_all", now,
			"after", agreed, "before", c.state.Judged, "gaps", c.gaps,
			"advice", "gaps say which files were lost; without any, lines were removed, or url is another API server than the one that writes this log")
	} else if now < missing {
		c.Log.Warn("lines have appeared in place of audit events that were missing: they came very late, or are not the API server's", "events", missing-now, "in_all", now)
	}
	if now := c.state.surplus(); now > surplus {
		c.Log.Error("the log holds audit events that the API server did not count", "events", now-surplus, "in_all", now,
			"after", agreed, "before", c.state.Judged,
			"advice", "somebody else writes to the log, or url is another API server than the one that does")
	}
}
