package agent

import (
	"context"
	"fmt"
	"sync"

	"github.com/auditship/auditship/agent/reload"
)

// addIdentities has the file of identities read again when it changes. The new map holds for all pipelines, from the next event on.
func (a *agent) addIdentities() {
	who := &a.cfg.Identities
	if who.File == "" {
		return
	}
	a.reloads = append(a.reloads, reload.Target{Name: "identities", Files: []string{who.File}, Load: func() (string, error) {
		m, err := who.Map()
		if err != nil {
			return "", err
		}
		a.cfg.People.Replace(m)
		return fmt.Sprint("entries: ", m.Len()), nil
	}})
}

// watch begins to look after the files that are taken in without a restart; stop ends that. With Once everything is judged by what
// was there at the start.
func (a *agent) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	if len(a.reloads) > 0 && !a.options.Once {
		a.loads.begin(a.reloads)
		watcher := reload.Watcher{Log: a.log, Count: a.reloaded}
		running.Go(func() { watcher.Run(ctx, a.reloads) })
	}
	return func() { cancel(); running.Wait() }
}
