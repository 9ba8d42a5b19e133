package kubeadm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/auditship/auditship/agent/disk"
)

// Writer makes the change of a plan on a node. Its order lets a crash at any moment leave an API server that starts: the policy
// and the directories first, then a backup, then the manifest in one rename.
type Writer struct {
	FS        disk.FS
	Node      Node
	Now       func() time.Time
	Timeout   time.Duration // for the API server to come back
	Poll      time.Duration // between two looks at it
	BackupDir string        // never in the directory of manifests: kubelet would start a second API server from a backup in there
	Say       func(text string)

	waits func(context.Context) (context.Context, context.CancelFunc) // instead of Timeout, for tests
}

// DefaultTimeout is what kubeadm gives a control plane to come up (cmd/kubeadm/app/constants,
// ControlPlaneComponentHealthCheckTimeout). 40 to 66 seconds were measured.
const DefaultTimeout = 4 * time.Minute

// DefaultBackupDir is beside the manifests' directory.
func DefaultBackupDir(manifest string) string {
	return filepath.Join(filepath.Dir(filepath.Dir(manifest)), "auditship-backup")
}

// backup is what it was like before.
type backup struct {
	manifest, policy string // paths of the copies; "" for a policy that was not there or not changed
}

// Write makes the change, waits until an API server with it answers, and undoes it if none does within the timeout: then the
// error is a *RolledBackError. A plan that is Empty changes nothing. When ctx ends while it waits, the change stays, and the
// error is an *InterruptedError.
func (w *Writer) Write(ctx context.Context, plan *Plan) error {
	if plan.Empty() { // but a run that was killed may have left it to be made durable
		return errors.Join(w.FS.SyncDir(filepath.Dir(plan.PolicyPath)), w.FS.SyncDir(filepath.Dir(plan.Manifest.Path)))
	}
	unlock, err := w.prepare(plan)
	if err != nil {
		return err
	}
	defer unlock()
	before := w.look(ctx, plan.Manifest)
	var foreign x509.UnknownAuthorityError
	switch {
	case errors.As(before.err, &foreign):
		return fmt.Errorf("the certificate at the API server's address is not of this cluster, so it could not be told whether it comes back: name the right address with --livez: %w", before.err)
	case !before.answers():
		w.Say("the API server does not answer now (" + before.trouble() + "): the change is made all the same, since it may be what is missing")
	}
	kept, err := w.change(plan)
	if err != nil {
		return err
	}
	return w.watch(ctx, plan, before, kept)
}

// change writes the policy, the log's directory, the backups and the manifest, in this order.
func (w *Writer) change(plan *Plan) (kept backup, err error) {
	stamp := w.Now().UTC().Format("20060102T150405.000Z")
	kept.manifest = filepath.Join(w.BackupDir, filepath.Base(plan.Manifest.Path)+"."+stamp)
	if err := replace(w.FS, kept.manifest, plan.Manifest.text, 0o600); err != nil {
		return kept, fmt.Errorf("write backup: %w", err)
	}
	w.Say("backup: " + kept.manifest)
	if plan.Policy != nil {
		if kept.policy, err = w.writePolicy(plan.Policy, stamp); err != nil {
			return kept, err
		}
	}
	if err := w.settle(plan); err != nil {
		return kept, err
	}
	if plan.sameManifest() {
		return kept, nil
	}
	if err := w.unchanged(plan); err != nil {
		return kept, err
	}
	if err := w.writeManifest(plan.Manifest.Path, plan.Text); err != nil {
		return kept, err
	}
	w.Say("written: " + plan.Manifest.Path)
	return kept, nil
}

// settle makes the directories, and durable what the manifest is about to rely on: a run that was killed may have put the
// policy there and not come so far.
func (w *Writer) settle(plan *Plan) error {
	if err := w.makeDir(filepath.Dir(plan.LogPath)); err != nil {
		return fmt.Errorf("make log directory: %w", err)
	}
	dir := filepath.Dir(plan.PolicyPath)
	if err := errors.Join(w.makeDir(dir), w.FS.SyncDir(dir)); err != nil {
		return fmt.Errorf("make directory of the policy: %w", err)
	}
	return nil
}

// makeDir makes a directory for root alone; others may have theirs beside it.
func (w *Writer) makeDir(name string) error {
	if err := disk.MakeDir(w.FS, filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return disk.MakeDir(w.FS, name, 0o700)
}

// writePolicy keeps the policy that is there, if any, and writes the new one.
func (w *Writer) writePolicy(file *File, stamp string) (kept string, err error) {
	old, _, err := readFile(w.FS, file.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", fmt.Errorf("read policy: %w", err)
	default:
		kept = filepath.Join(w.BackupDir, filepath.Base(file.Path)+"."+stamp)
		if err := replace(w.FS, kept, old, 0o600); err != nil {
			return "", fmt.Errorf("write backup of the policy: %w", err)
		}
		w.Say("backup: " + kept)
	}
	if err := w.makeDir(filepath.Dir(file.Path)); err != nil {
		return kept, fmt.Errorf("make directory of the policy: %w", err)
	}
	if err := replace(w.FS, file.Path, file.Text, 0o600); err != nil {
		return kept, fmt.Errorf("write policy: %w", err)
	}
	w.Say("written: " + file.Path)
	return kept, nil
}

func (w *Writer) writeManifest(name string, text []byte) error {
	mode := fs.FileMode(0o600) // as kubeadm writes it
	if info, err := w.FS.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replace(w.FS, name, text, mode); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}
