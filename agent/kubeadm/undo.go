package kubeadm

import (
	"context"
	"fmt"
	"strings"
	"time"
)

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
	return text + "\nrolled back: all is as it was before"
}

func (e *RolledBackError) Unwrap() error { return e.Cause }

// InterruptedError tells what the node is like after an interrupt.
type InterruptedError struct {
	Back [][2]string // what is to be copied to where to go back
}

func (e *InterruptedError) Error() string {
	text := `interrupted while waiting for the API server. The change is made and whole; kubelet goes on starting the API server with it.
To see how it fares: crictl ps -a --name kube-apiserver`
	for _, files := range e.Back {
		text += "\nTo go back:          cp " + files[0] + " " + files[1]
	}
	return text
}

// interrupted tells how to go back: the policy first, since the manifest needs it.
func interrupted(plan *Plan, kept backup) *InterruptedError {
	e := &InterruptedError{}
	if kept.policy != "" {
		e.Back = append(e.Back, [2]string{kept.policy, plan.Policy.Path})
	}
	e.Back = append(e.Back, [2]string{kept.manifest, plan.Manifest.Path})
	return e
}

// watch waits for the API server to come back with the change, and undoes it if it does not.
func (w *Writer) watch(ctx context.Context, plan *Plan, before sight, kept backup) error {
	if plan.sameManifest() {
		if err := w.restart(before); err != nil || len(before.ours) == 0 && before.answers() {
			return err
		}
	}
	w.Say(fmt.Sprintf("kubelet now stops the API server and starts it anew: 40 seconds to a minute are normal, and %s are waited", w.Timeout))
	began := w.Now()
	err := w.await(ctx, plan.After, before, w.Timeout)
	if err == nil {
		err = w.logged(plan, began)
	}
	switch {
	case err == nil:
		w.Say(fmt.Sprintf("the API server is back after %s and writes %s", w.Now().Sub(began).Round(time.Second), plan.LogPath))
		return nil
	case ctx.Err() != nil:
		return interrupted(plan, kept)
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
	if err := w.back(plan, now); err != nil {
		return fmt.Errorf("%w (the backup is %s)", err, kept.manifest)
	}
	if !before.answers() {
		w.Say("all is as before; the API server did not answer then, either, so it is not waited for")
		return nil
	}
	// Where no server with the change can be seen, one that answers is the old one, perhaps never stopped.
	if err := w.await(ctx, plan.Manifest, sight{err: errTimeout, ours: now.ours}, max(w.Timeout, DefaultTimeout)); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("waiting for the API server was interrupted: %w", err)
		}
		return fmt.Errorf("all is put back as it was, but %w (the manifest's backup is %s)", err, kept.manifest)
	}
	return nil
}

// back puts the manifest back, or has the API server read the policy again.
func (w *Writer) back(plan *Plan, now sight) error {
	if plan.sameManifest() {
		return w.restart(now)
	}
	return w.writeManifest(plan.Manifest.Path, plan.Manifest.text)
}

// restart has the API server read its policy: it does so only when it starts. One that cannot be seen is left alone, and one
// that is not running is about to be started by kubelet.
func (w *Writer) restart(s sight) error {
	if len(s.ours) == 0 && s.answers() {
		w.Say("no API server of this manifest can be seen from here: have it read the policy with crictl stop $(crictl ps -q --name kube-apiserver)")
	}
	for _, p := range s.ours {
		if err := w.Node.Stop(p); err != nil {
			return fmt.Errorf("stop the API server (process %s): %w", p.ID, err)
		}
	}
	return nil
}
