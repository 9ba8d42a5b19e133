package agent

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/auditship/auditship/agent/completeness"
	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/inputs"
)

// crew is who works by one configuration. Once it is at work nobody changes it: another one takes its place.
type crew struct {
	cfg   *config.Config
	feeds []*feed // by input
	lanes []*lane // in the order of Config.Pipelines
}

func (c *crew) checkers() (all completeness.Metrics) {
	for _, f := range c.feeds {
		if f.checker != nil {
			all = append(all, f.checker)
		}
	}
	return all
}

// lacks are the lanes of c that other has not.
func (c *crew) lacks(other *crew) (lanes []*lane) {
	for _, l := range c.lanes {
		if !slices.Contains(other.lanes, l) {
			lanes = append(lanes, l)
		}
	}
	return lanes
}

// lacksFeeds are the inputs of c that other has not.
func (c *crew) lacksFeeds(other *crew) (feeds []*feed) {
	for _, f := range c.feeds {
		if !slices.Contains(other.feeds, f) {
			feeds = append(feeds, f)
		}
	}
	return feeds
}

// lane finds a pipeline by its name; nil: there is none.
func (c *crew) lane(name string) *lane {
	if i := slices.IndexFunc(c.lanes, func(l *lane) bool { return l.Name() == name }); i >= 0 {
		return c.lanes[i]
	}
	return nil
}

// feed is an input at work, and what compares it with its API server.
type feed struct {
	cfg     *config.Config
	made    *config.Input // of this
	in      inputs.Input
	checker *completeness.Checker // nil: none
	stop    func()                // returns when all that was started has ended; nil: nothing was
}

// same tells whether two are made of the same; how many share the disk with them counts.
func (f *feed) same(o *feed) bool {
	return reflect.DeepEqual(f.fixed(), o.fixed())
}

func (f *feed) fixed() []any {
	made := *f.made
	made.Cluster, made.Outputs = "", nil // the pipelines'
	return []any{made, f.cfg.Disk, len(f.cfg.Inputs)}
}

// start begins to watch the input, and to compare it. Its pipelines are open. What can't be compared is no reason not to ship.
func (f *feed) start(a *agent) {
	f.tellMissing(a.log)
	ctx, stopReading := context.WithCancel(context.Background())
	stopComparing := a.compare(f.checker)
	var reading sync.WaitGroup
	reading.Go(func() {
		if err := f.in.Run(ctx); err != nil {
			a.log.Error("watching the input ended; it is still read, by polling", "input", f.made.Name, "error", err)
		}
	})
	f.stop = func() {
		stopComparing() // before the input releases what its readers are past
		stopReading()
		reading.Wait()
	}
}
