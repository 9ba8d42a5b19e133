package completeness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/inputs"
)

// Parts are what a Checker works with.
type Parts struct {
	InputName string
	Input     inputs.Input
	Store     *checkpoint.Store // of the Checker alone
	Log       *slog.Logger
}

// Checker compares one input with its API server.
type Checker struct {
	Parts
	every  time.Duration
	scrape func(context.Context) (sample, error)

	// All but the report belongs to the goroutine of Run.

	reader  inputs.Reader
	state   comparison
	tally   tally
	counted []*scrape // by tally
	gaps    int
	changes int       // scrapes in a row that found another process
	last    time.Time // of the newest sample, with a monotonic reading
	trouble trouble

	mu     sync.Mutex
	report Report
}

// New makes a Checker. Nothing is read or asked yet.
func New(cfg Config, parts Parts) *Checker {
	if cfg.Every == 0 {
		cfg.Every = DefaultEvery
	}
	return &Checker{Parts: parts, every: cfg.Every, scrape: newClient(cfg).scrape, report: Report{Input: parts.InputName}}
}

// Open goes to where the checker was when it stopped; without that, to the end of the log. Input.Run comes later.
func (c *Checker) Open() error {
	saved, err := c.Store.Load()
	if err != nil {
		c.Log.Warn("read what was compared so far; begin anew", "error", err)
	}
	options := inputs.Options{Pipeline: c.InputName + "/(server)", Start: inputs.End} // no output has such a name
	if saved != nil {
		if err := json.Unmarshal(saved.State, &c.state); err == nil {
			options.Cursor = saved.Cursor
		} else {
			c.state = comparison{}
		}
	}
	if c.reader, err = c.Input.Open(options); err != nil {
		return fmt.Errorf("input %s: open for the comparison with the API server: %w", c.InputName, err)
	}
	c.publish()
	return nil
}

// Run compares until ctx ends.
func (c *Checker) Run(ctx context.Context) {
	defer c.Close()
	for ctx.Err() == nil {
		c.ask(ctx)
		c.publish()
		c.counted = c.state.scrapes(c.counted)
		if c.read(ctx) {
			c.judge(time.Now())
		}
		c.publish()
		c.save()
	}
}

// Close lets go of everything. Run does it by itself.
func (c *Checker) Close() {
	if err := errors.Join(c.reader.Close(), c.Store.Close()); err != nil {
		c.Log.Warn("close the comparison with the API server", "error", err)
	}
}

const glance = 128 // records between two looks at the clock

// read counts lines until the next scrape is due. It tells whether it came to the end of the log.
func (c *Checker) read(ctx context.Context) (atEnd bool) {
	ctx, cancel := context.WithTimeout(ctx, c.every)
	defer cancel()
	troubled := false
	for n := 1; ; n++ {
		record, err := c.reader.Next(ctx)
		var gap *inputs.GapError
		switch {
		case err == nil:
			c.tally.take(record.Data, c.counted...)
		case errors.As(err, &gap):
			c.gaps++ // the pipelines log it
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return !troubled && errors.Is(err, context.DeadlineExceeded)
		default: // they log that, too
			troubled = true
			inputs.Pause(ctx, time.Second)
		}
		if n%glance == 0 && ctx.Err() != nil {
			return false
		}
	}
}

// save keeps what was compared together with how far the log was read. The guard may then let go of that.
func (c *Checker) save() {
	cursor := c.reader.Cursor()
	at, err := json.Marshal(cursor)
	if err == nil {
		var state []byte
		if state, err = json.Marshal(&c.state); err == nil {
			err = c.Store.Save(&checkpoint.Checkpoint{Input: c.InputName, Cursor: at, State: state, Time: time.Now().UTC()})
		}
	}
	if err != nil {
		c.Log.Warn("save what was compared so far", "error", err) // it is not worth holding files back for
	}
	c.reader.Commit(cursor)
}
