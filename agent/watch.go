package agent

import (
	"context"
	"fmt"
	"sync"

	"github.com/auditship/auditship/agent/config"
	"github.com/auditship/auditship/agent/reload"
)

// beside are the files that a configuration names and that are taken in without its own change.
func (a *agent) beside(cfg *config.Config) []reload.Target {
	return append(identities(cfg), a.policies(cfg, a.exchange)...)
}

// identities has the file of identities read again when it changes. The new map holds for all pipelines, from the next event on.
func identities(cfg *config.Config) []reload.Target {
	who := cfg.Identities
	if who.File == "" {
		return nil
	}
	return []reload.Target{{Name: "identities", Files: []string{who.File}, Load: func() (string, error) {
		m, err := who.Map()
		if err != nil {
			return "", err
		}
		cfg.People.Replace(m)
		return fmt.Sprint("entries: ", m.Len()), nil
	}}}
}

// lookout is who looks after files.
type lookout struct {
	now  chan struct{}
	stop func() // returns when it has ended
}

// hurry has it look at once.
func (l lookout) hurry() {
	select {
	case l.now <- struct{}{}:
	default: // it is about to
	}
}

// watch begins to look after the files that are taken in without a restart. With Once everything is judged by what was there at
// the start.
func (a *agent) watch(targets []reload.Target) lookout {
	ctx, cancel := context.WithCancel(context.Background())
	now := make(chan struct{}, 1)
	var running sync.WaitGroup
	if len(targets) > 0 && !a.options.Once {
		a.begin(targets)
		watcher := reload.Watcher{Log: a.log, Count: a.reloaded, Now: now}
		running.Go(func() { watcher.Run(ctx, targets) })
	}
	return lookout{now: now, stop: func() {
		cancel()
		running.Wait()
		a.forget(targets)
	}}
}
