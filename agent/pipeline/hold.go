package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/inputs"
)

// heldReminder is how often the log tells of a pipeline that is held.
const heldReminder = 5 * time.Minute

// hold keeps a pipeline in sight that nobody knows how to go on with: it ships nothing, and others do not suffer. Its reader
// stands at the oldest record and is not read, so that the input keeps from deletion what may be needed when somebody has
// mended it, as far as the guard's budget goes.
func (p *Pipeline) hold(why error) (err error) {
	p.held = why
	p.reader, err = p.Input.Open(inputs.Options{Pipeline: p.Name(), Start: inputs.Beginning})
	if err != nil {
		return fmt.Errorf("pipeline %s: open input: %w", p.Name(), err)
	}
	p.ledger = ledger.New(ledger.Counts{})
	p.ledger.Update(func(g *ledger.Progress) { g.Blocked, g.NeedsYou = checkpoint.Damaged, true })
	p.meters = p.Metrics.Add(ledger.View{Input: p.InputName, Output: p.OutputName, Ledger: p.ledger, Lag: p.reader.Lag, Rules: p.decisions.Each})
	return nil
}

// Held is why the pipeline ships nothing; nil: it does. Open comes first.
func (p *Pipeline) Held() error { return p.held }

// stay is Run of a pipeline that is held: it says so once in a while.
func (p *Pipeline) stay(ctx context.Context) error {
	if p.Once {
		return fmt.Errorf("pipeline %s: %w: %w", p.Name(), ErrUnfinished, p.held)
	}
	for ctx.Err() == nil {
		p.Log.Error("nothing is shipped; stop the agent and mend the checkpoint", "needs_you", true, "error", p.held)
		inputs.Pause(ctx, heldReminder)
	}
	return nil
}
