package kubeadm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Node is what can be seen of the API server on its node.
type Node interface {
	// Live asks /livez. The code is that of the answer.
	Live(ctx context.Context) (code int, err error)
	// Servers are the processes of kube-apiserver that can be seen; other pods may run some, too.
	Servers() ([]Process, error)
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
	all, err := w.Node.Servers()
	if err != nil {
		return s // unseen; the answers must do
	}
	tokens := m.tokens[programAt(m.tokens)+1:]
	for _, p := range all {
		if slices.Equal(p.Args[min(programAt(p.Args)+1, len(p.Args)):], tokens) {
			s.ours = append(s.ours, p)
		}
	}
	return s
}

// steady is how many looks in a row must be good: an API server that is about to fail may answer once.
const steady = 3

// await looks until an API server of the manifest answers that was not there before, and none of before is there any more.
func (w *Writer) await(ctx context.Context, m *Manifest, before sight) error {
	ctx, stop := context.WithTimeoutCause(ctx, w.Timeout, errTimeout)
	defer stop()
	ticks := time.NewTicker(w.Poll)
	defer ticks.Stop()
	down, good, last := !before.answers(), 0, "it was not restarted"
	for good < steady {
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errTimeout) {
				return fmt.Errorf("no API server with the change came up within %s: %s", w.Timeout, last)
			}
			return context.Cause(ctx)
		case <-ticks.C:
		}
		now := w.look(ctx, m)
		down = down || !now.answers()
		if last = w.missing(before, now, down); last == "" {
			good++
		} else {
			good = 0
		}
	}
	return nil
}

var errTimeout = errors.New("timeout")

// missing tells what is not yet as it is to be.
func (w *Writer) missing(before, now sight, down bool) string {
	isOld := func(p Process) bool { return slices.ContainsFunc(before.ours, p.same) }
	fresh := slices.ContainsFunc(now.ours, func(p Process) bool { return !isOld(p) })
	all, err := w.Node.Servers()
	if err == nil && slices.ContainsFunc(all, isOld) {
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

// RolledBackError tells that the change was undone, and why.
type RolledBackError struct {
	Cause error
	Words []string // the API server's last
	Undo  error    // nil: it is as it was before
}

func (e *RolledBackError) Error() string {
	text := e.Cause.Error()
	if len(e.Words) > 0 {
		text += "\nits last words:\n  " + strings.Join(e.Words, "\n  ")
	}
	if e.Undo != nil {
		return text + "\nROLLING BACK FAILED, too: " + e.Undo.Error()
	}
	return text + "\nrolled back: the API server runs as before"
}

func (e *RolledBackError) Unwrap() error { return e.Cause }

// InterruptedError tells what the node is like after an interrupt.
type InterruptedError struct{ Manifest, Backup string }

func (e *InterruptedError) Error() string {
	return fmt.Sprintf(`interrupted while waiting for the API server. The change is made and whole; kubelet goes on starting the API server with it.
To see how it fares: crictl ps -a --name kube-apiserver
To go back:          cp %s %s`, e.Backup, e.Manifest)
}

// watch waits for the API server to come back with the change, and undoes it if it does not.
func (w *Writer) watch(ctx context.Context, plan *Plan, before sight, kept backup) error {
	w.Say(fmt.Sprintf("kubelet now stops the API server and starts it anew: 40 seconds are normal, and %s are waited", w.Timeout))
	began := w.Now()
	err := w.await(ctx, plan.After, before)
	if err == nil {
		err = w.logged(plan, began)
	}
	switch {
	case err == nil:
		w.Say(fmt.Sprintf("the API server is back after %s and writes %s", w.Now().Sub(began).Round(time.Second), plan.LogPath))
		return nil
	case ctx.Err() != nil:
		return &InterruptedError{plan.Manifest.Path, kept.manifest}
	}
	words := w.Node.LastWords() // before: kubelet deletes them with the pod
	w.Say("rolling back: " + err.Error())
	return &RolledBackError{err, words, w.undo(ctx, plan, before, kept)}
}

// logged: the API server makes its log when it starts (k8s.io/apiserver/pkg/server/options/audit.go, ensureLogFile). If it is
// not there, it is somewhere else.
func (w *Writer) logged(plan *Plan, began time.Time) error {
	info, err := w.FS.Stat(plan.LogPath)
	if err != nil {
		return fmt.Errorf("the API server is up but its audit log is not there: %w", err)
	}
	if info.Size() == 0 || info.ModTime().Before(began) {
		w.Say("no event has been written yet: see that " + plan.LogPath + " grows")
	}
	return nil
}

// undo puts everything back and waits again.
func (w *Writer) undo(ctx context.Context, plan *Plan, before sight, kept backup) error {
	now := w.look(ctx, plan.After)
	if kept.policy != "" {
		text, _, err := readFile(w.FS, kept.policy)
		if err == nil {
			err = replace(w.FS, plan.Policy.Path, text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("restore the policy from %s: %w", kept.policy, err)
		}
	}
	if err := w.writeManifest(plan.Manifest.Path, plan.Manifest.text); err != nil {
		return fmt.Errorf("%w (the backup is %s)", err, kept.manifest)
	}
	if !before.answers() {
		w.Say("the manifest is as before; the API server did not answer then, either, so it is not waited for")
		return nil
	}
	if err := w.await(ctx, plan.Manifest, sight{code: now.code, err: now.err, ours: now.ours}); err != nil {
		return fmt.Errorf("the manifest is restored from %s, but %w", kept.manifest, err)
	}
	return nil
}
