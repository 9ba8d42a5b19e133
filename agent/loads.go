package agent

import (
	"slices"
	"sync"
	"time"

	"github.com/auditship/auditship/agent/reload"
	"github.com/auditship/auditship/agent/status"
)

// loads remember when what files hold was taken in.
type loads struct {
	mu  sync.Mutex
	all []status.Load
}

// begin notes what was taken in with the configuration.
func (l *loads) begin(targets []reload.Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range targets {
		l.all = append(l.all, status.Load{Target: t.Name, Files: t.Files, Loaded: time.Now()})
	}
}

// forget is for files that are not looked after any more.
func (l *loads) forget(targets []reload.Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(known status.Load) bool {
		return slices.ContainsFunc(targets, func(t reload.Target) bool { return t.Name == known.Target })
	})
}

// note notes that a change was taken in, or why it could not be.
func (l *loads) note(target string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.all, func(known status.Load) bool { return known.Target == target })
	switch {
	case i < 0:
	case err != nil:
		l.all[i].Failed = err.Error()
	default:
		l.all[i].Loaded, l.all[i].Failed = time.Now(), ""
	}
}

func (l *loads) snapshot() []status.Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func (a *agent) begin(targets []reload.Target) {
	a.loads.begin(targets)
	for _, t := range targets {
		a.metrics.Watched(t.Name)
	}
}

func (a *agent) forget(targets []reload.Target) {
	a.loads.forget(targets)
	for _, t := range targets {
		a.metrics.Unwatched(t.Name)
	}
}

// reloaded is told of every change of a file that was, or could not be, taken in.
func (a *agent) reloaded(target string, err error) {
	a.metrics.Reloaded(target, err)
	a.loads.note(target, err)
}
