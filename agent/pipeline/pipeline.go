// Package pipeline carries records from one input to one output: collect → deliver → commit.
//
// A collector reads records, decodes and judges them and fills batches; as many deliverers as the output bears write the
// batches and retry for ever; a committer moves the checkpoint behind what was acknowledged without a hole. Batches are
// recycled, and there are only so many: when the output is slow, the collector waits for a free one and stops reading.
// That is all the backpressure there is, and all the memory.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/auditship/auditship/agent/checkpoint"
	"github.com/auditship/auditship/agent/deadletter"
	"github.com/auditship/auditship/agent/enrich"
	"github.com/auditship/auditship/agent/event"
	"github.com/auditship/auditship/agent/ledger"
	"github.com/auditship/auditship/agent/redact"
	"github.com/auditship/auditship/agent/rules"
	"github.com/auditship/auditship/inputs"
	"github.com/auditship/auditship/outputs"
)

// Config says how a pipeline works.
type Config struct {
	InputName, OutputName string
	Start                 inputs.Start
	Once                  bool // end at what is the end of the input now

	MaxBytes      int           // shipped bytes of a batch; it may grow beyond by one event
	MaxEvents     int           // events of a batch
	Linger        time.Duration // how long a batch waits for more
	MaxEventBytes int           // longer events are trimmed
	RateLimit     int           // shipped bytes per second; 0: no limit

	StopWithin time.Duration // after the end of Run's ctx, how long deliveries may take to finish
}

// Name is INPUT/OUTPUT.
func (c *Config) Name() string { return c.InputName + "/" + c.OutputName }

// Parts are what a pipeline works with. Each belongs to it alone but Input, Gate and Metrics.
type Parts struct {
	Input       inputs.Input
	Output      outputs.Output
	Rules       *rules.Rules     // at first; see Exchange
	Redactor    *redact.Redactor // nil: nothing is redacted
	Enricher    *enrich.Enricher
	Shaper      event.Shaper // nil: events keep the API server's own form
	Store       *checkpoint.Store
	DeadLetters *deadletter.File
	Gate        *Gate
	Metrics     *ledger.Metrics
	Log         *slog.Logger

	// Jitter is a random part of a pause; nil: by math/rand.
	Jitter func(time.Duration) time.Duration
}

// Pipeline is one input's way to one output.
type Pipeline struct {
	Config
	Parts
	reader  inputs.Reader
	ledger  *ledger.Ledger
	meters  *ledger.Meters
	resume  outputs.Resume
	limiter *rate.Limiter
	commits committer
	passage passage
	haste   haste
	held    error // why it ships nothing

	decisions *rules.Judge

	troubles troubles
}

// New makes a pipeline; nothing is read or written yet.
func New(config Config, parts Parts) *Pipeline {
	p := &Pipeline{Config: config, Parts: parts, decisions: rules.NewJudge(parts.Rules)}
	p.passage = passage{ctx: context.Background(), p: p}
	if p.Jitter == nil {
		p.Jitter = rand.N[time.Duration]
	}
	if config.RateLimit > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(config.RateLimit), max(config.RateLimit, config.MaxBytes))
	}
	return p
}

// Open loads the checkpoint and opens the reader. All pipelines of an input are opened before the input runs. A checkpoint
// that is damaged, or that the input does not understand, is no error: the pipeline is Held.
func (p *Pipeline) Open() error {
	last, err := p.Store.Load()
	if errors.Is(err, checkpoint.ErrDamaged) {
		return p.hold(err)
	}
	if err != nil {
		return fmt.Errorf("pipeline %s: %w", p.Name(), err)
	}
	known := last != nil
	if !known {
		last = &checkpoint.Checkpoint{Clean: true}
	}
	p.reader, err = p.Input.Open(inputs.Options{Pipeline: p.Name(), Cursor: last.Cursor, Start: p.Start, Once: p.Once, Room: &p.passage})
	if err != nil && known {
		return p.hold(fmt.Errorf("open input: %w", err))
	}
	if err != nil {
		return fmt.Errorf("pipeline %s: open input: %w", p.Name(), err)
	}
	p.ledger = ledger.New(last.Counts, last.Gaps...)
	p.ledger.Update(func(g *ledger.Progress) { g.Committed = last.Time })
	p.meters = p.Metrics.Add(ledger.View{Input: p.InputName, Output: p.OutputName, Ledger: p.ledger, Lag: p.reader.Lag, Rules: p.decisions.Each})
	p.resume = outputs.Resume{Pipeline: p.Name(), State: last.State, Pending: last.Pending, Replay: known && !last.Clean, Save: p.commits.intend}
	p.Enricher.Remember(last.Mints)
	p.commits.open(p, last)
	return nil
}

// Ledger is the pipeline's books. Open comes first.
func (p *Pipeline) Ledger() *ledger.Ledger { return p.ledger }

// Lag is how much the input holds behind what was read.
func (p *Pipeline) Lag() inputs.Lag { return p.reader.Lag() }

// ErrUnfinished says that a pipeline which was to end by itself was stopped before.
var ErrUnfinished = errors.New("stopped before everything was shipped")

// Run ships until ctx ends, and with Once until the end of the input. When ctx ends it delivers what was read, as far as
// that can be done in time, and commits. Everything it started has ended when it returns.
func (p *Pipeline) Run(ctx context.Context) error {
	defer p.Close()
	if p.held != nil {
		return p.stay(ctx)
	}
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(p.StopWithin, cancel) })()

	if err := p.Output.Open(hard, p.resume); err != nil {
		return fmt.Errorf("pipeline %s: open output: %w", p.Name(), err)
	}
	if err := p.commits.begin(ctx); err != nil {
		return p.unfinished(false) // stopped before anything was read
	}
	writers := p.Output.Traits().Writes
	c := newCollector(p, writers+1)
	var committing, delivering sync.WaitGroup
	delivered, stopCommitting := context.WithCancel(hard)
	committing.Go(func() { p.commits.run(delivered) })
	for range writers {
		delivering.Go(func() { p.deliver(hard, c) })
	}
	ended := c.run(ctx)
	delivering.Wait()
	stopCommitting()
	committing.Wait()
	clean := p.commits.finish(c.caughtUp)
	return p.unfinished(ended && clean)
}

// unfinished is the error of a stop before the end, where there was to be an end.
func (p *Pipeline) unfinished(done bool) error {
	if p.Once && !done {
		return fmt.Errorf("pipeline %s: %w", p.Name(), ErrUnfinished)
	}
	return nil
}

// Close lets go of everything. Run does it by itself.
func (p *Pipeline) Close() {
	p.Gate.leave(p) // others may go on without it
	for what, err := range map[string]error{
		"reader": p.reader.Close(), "output": p.Output.Close(), "dead letters": p.DeadLetters.Close(), "checkpoint": p.Store.Close(),
	} {
		if err != nil {
			p.Log.Warn("close "+what, "error", err)
		}
	}
}
