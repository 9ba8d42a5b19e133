package kubeadm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/auditship/auditship/agent/disk"
)

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
