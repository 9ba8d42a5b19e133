package agent

import (
	"context"
	"errors"
	"slices"

	"github.com/auditship/auditship/agent/pipeline"
)

// shift is a crew at work, and those who take its place. It belongs to one goroutine.
type shift struct {
	*agent
	ctx  context.Context
	end  context.CancelCauseFunc // of ctx
	look lookout                 // at the files beside the configuration
	over chan struct{}           // a pipeline has ended
}

// ship runs inputs and pipelines until the last pipeline has ended.
func (a *agent) ship(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s := &shift{agent: a, ctx: ctx, end: end, over: make(chan struct{}, 1)}
	s.start(a.crew.Load(), &crew{})
	s.look = a.watch(a.beside(a.cfg))
	config := a.watch(a.configFile(ctx))
	a.log.Info("shipping", "cluster", a.cfg.Cluster, "node", a.cfg.Node, "pipelines", len(a.crew.Load().lanes))
	a.notify("READY=1")
	if !a.options.Once {
		s.attend(config)
		a.notify("STOPPING=1")
	}
	c := a.crew.Load()
	errs := c.wait()
	if a.options.Once {
		a.notify("STOPPING=1")
	}
	config.stop()
	s.look.stop()
	for _, f := range c.feeds {
		f.stop()
	}
	a.summarize(c.lanes)
	return errors.Join(append(errs, s.broken())...)
}

// wait waits until all have ended, and returns their errors.
func (c *crew) wait() (errs []error) {
	for _, l := range c.lanes {
		<-l.ended
		errs = append(errs, l.err)
	}
	return errs
}

// attend does what is asked for until ctx ends.
func (s *shift) attend(config lookout) {
	for {
		select {
		case next := <-s.wanted:
			next.taken <- s.take(next.to)
		case <-s.options.Reload:
			config.hurry()
			s.look.hurry()
		case <-s.options.Flush:
			s.log.Info("sending at once what is in hand, as asked")
			for _, l := range s.crew.Load().lanes {
				l.Flush()
			}
		case <-s.over:
			if !slices.ContainsFunc(s.crew.Load().lanes, func(l *lane) bool { return !l.over() }) {
				return // the inputs have ended
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// start has those of a crew begin who were not in the one before. Inputs are watched when their pipelines are open.
func (s *shift) start(c, before *crew) {
	for _, f := range c.feeds {
		if f.stop == nil {
			f.start(s.agent)
		}
	}
	for _, l := range c.lacks(before) {
		l.start(s.ctx, func(err error) {
			if err != nil && !errors.Is(err, pipeline.ErrUnfinished) {
				s.end(nil) // one that can't work as configured: better to see it at once than to miss it later
			}
			select {
			case s.over <- struct{}{}:
			default:
			}
		})
	}
}

// errBroken is the cause of an end by ourselves.
type errBroken struct{ error }

// broken is why we could not go on.
func (s *shift) broken() error {
	var b errBroken
	errors.As(context.Cause(s.ctx), &b)
	return b.error
}
