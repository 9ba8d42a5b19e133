package kubeadm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Node is what can be seen of the API server on its node.
type Node interface {
	// Live asks /livez. The code is that of the answer.
	Live(ctx context.Context) (code int, err error)
	// Servers are the processes of kube-apiserver that can be seen; other pods may run some, too.
	Servers() ([]Process, error)
	// Stop ends a process in good order; kubelet starts the container again.
	Stop(p Process) error
	// LastWords are the last lines that the API server's container wrote about itself, without events.
	LastWords() []string
}

// Process is a process of kube-apiserver.
type Process struct {
	ID, Start string // the ID is given again, but not with the same start
	Args      []string
}

func (p Process) same(other Process) bool { return p.ID == other.ID && p.Start == other.Start }

// sight is one look at the API server.
type sight struct {
	code int
	err  error
	all  []Process // of kube-apiserver, as far as they can be seen
	ours []Process // those with the command line of the manifest
}

// answers: 401 is an answer, too, where the API server lets nobody in who has not logged in (--anonymous-auth=false): its
// filters work.
func (s sight) answers() bool { return s.err == nil && (s.code == 200 || s.code == 401) }

func (s sight) trouble() string {
	if s.err != nil {
		return s.err.Error()
	}
	return fmt.Sprintf("/livez answers %d", s.code)
}

func (w *Writer) look(ctx context.Context, m *Manifest) (s sight) {
	s.code, s.err = w.Node.Live(ctx)
	var err error
	if s.all, err = w.Node.Servers(); err != nil {
		return s // unseen; the answers must do
	}
	tokens := m.tokens[programAt(m.tokens)+1:]
	for _, p := range s.all {
		if slices.Equal(p.Args[min(programAt(p.Args)+1, len(p.Args)):], tokens) {
			s.ours = append(s.ours, p)
		}
	}
	return s
}

// steady is how many looks in a row must be good: an API server that is about to fail may answer once.
const steady = 3

// await looks until an API server of the manifest answers that was not there before, and none of before is there any more.
func (w *Writer) await(ctx context.Context, m *Manifest, before sight, most time.Duration) error {
	ctx, stop := w.patience(ctx, most)
	defer stop()
	ticks := time.NewTicker(w.Poll)
	defer ticks.Stop()
	down, good, last := !before.answers(), 0, "it was not restarted"
	for good < steady {
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errTimeout) {
				return fmt.Errorf("no API server of this manifest came up within %s: %s", most, last)
			}
			return context.Cause(ctx)
		case <-ticks.C:
		}
		now := w.look(ctx, m)
		if ctx.Err() != nil {
			continue // it may have been this that ended the look
		}
		down = down || !now.answers()
		if last = missing(before, now, down); last == "" {
			good++
		} else {
			good = 0
		}
	}
	return nil
}

var errTimeout = errors.New("timeout")

// patience is how long one wait may last.
func (w *Writer) patience(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	if w.waits != nil {
		return w.waits(ctx)
	}
	return context.WithTimeoutCause(ctx, most, errTimeout)
}

// missing tells what is not yet as it is to be.
func missing(before, now sight, down bool) string {
	isOld := func(p Process) bool { return slices.ContainsFunc(before.ours, p.same) }
	fresh := slices.ContainsFunc(now.ours, func(p Process) bool { return !isOld(p) })
	if slices.ContainsFunc(now.all, isOld) {
		if !now.answers() {
			return "the old one has not ended yet"
		}
		return "the old one is still running: does kubelet run, and does it watch this directory (staticPodPath)?"
	}
	switch {
	case !fresh && (len(before.ours) > 0 || !down):
		return "the old one is gone, but no new one was started"
	case !now.answers():
		return now.trouble()
	}
	return ""
}
