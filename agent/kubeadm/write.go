package kubeadm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// prepare checks what can be checked before anything is written, and keeps a second run from doing the same.
func (w *Writer) prepare(plan *Plan) (unlock func(), err error) {
	dir := filepath.Dir(plan.Manifest.Path)
	if rel, err := filepath.Rel(dir, w.BackupDir); err != nil || !strings.HasPrefix(rel, "..") {
		return nil, fmt.Errorf("the backup directory %s is in that of the manifests: kubelet would start a second API server from a backup in there", w.BackupDir)
	}
	if err := w.unchanged(plan); err != nil {
		return nil, err
	}
	if err := w.space(plan); err != nil {
		return nil, err
	}
	if err := disk.MakeDir(w.FS, w.BackupDir, 0o700); err != nil {
		return nil, fmt.Errorf("make backup directory: %w", err)
	}
	lock, err := w.FS.OpenFile(filepath.Join(w.BackupDir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := lock.Lock(); err != nil {
		return nil, errors.Join(fmt.Errorf("another enable-audit is at work: %w", err), lock.Close())
	}
	return func() { _ = lock.Close() }, nil // only read
}

// unchanged: the plan is for the text that is there now.
func (w *Writer) unchanged(plan *Plan) error {
	text, _, err := readFile(w.FS, plan.Manifest.Path)
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	if string(text) != string(plan.Manifest.text) {
		return fmt.Errorf("%s has changed meanwhile: start again", plan.Manifest.Path)
	}
	return nil
}

// space: the log, when all its backups are there, must fit beside what else is on the disk.
func (w *Writer) space(plan *Plan) error {
	dir := existing(w.FS, filepath.Dir(plan.LogPath))
	free, err := w.FS.Free(dir)
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	need := plan.Rotation.Bytes() - used(w.FS, plan.LogPath)
	if need <= free {
		return nil
	}
	return fmt.Errorf("the audit log may grow by %d MiB (%d MiB in each of %d backups and the log), and %s has only %d MiB free: give --max-backups or --max-size a smaller number, or --log-path another disk",
		need>>20, plan.Rotation.MaxSize, plan.Rotation.MaxBackups, dir, free>>20)
}

// used is what a log and its backups take already.
func used(f disk.FS, log string) (bytes int64) {
	prefix := strings.TrimSuffix(filepath.Base(log), filepath.Ext(log))
	entries, err := f.ReadDir(filepath.Dir(log))
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasPrefix(entry.Name(), prefix) && info.Mode().IsRegular() {
			bytes += info.Size()
		}
	}
	return bytes
}

// existing is the deepest directory of a path that is there.
func existing(f disk.FS, dir string) string {
	for dir != filepath.Dir(dir) {
		if _, err := f.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
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
	if err := disk.MakeDir(w.FS, filepath.Dir(plan.LogPath), 0o700); err != nil {
		return fmt.Errorf("make log directory: %w", err)
	}
	dir := filepath.Dir(plan.PolicyPath)
	err := disk.MakeDir(w.FS, dir, 0o700)
	if err == nil {
		err = w.FS.SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("make directory of the policy: %w", err)
	}
	return nil
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
	if err := disk.MakeDir(w.FS, filepath.Dir(file.Path), 0o700); err != nil {
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
