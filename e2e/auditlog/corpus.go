// Package auditlog provides audit logs: real ones that were recorded, and any number of lines like them, written as
// kube-apiserver writes.
package auditlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/auditship/auditship/e2e/backend"
)

// Recorded is the directory of a recorded log that AUDITSHIP_E2E_AUDIT names; "": it names none. Where there are several
// recordings, the log is in the directory rotated.
func Recorded() string {
	dir := os.Getenv("AUDITSHIP_E2E_AUDIT")
	if rotated := filepath.Join(dir, "rotated"); dir != "" && isDir(rotated) {
		return rotated
	}
	return dir
}

func isDir(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.IsDir()
}

// Corpus is a directory with a recorded log: the one that AUDITSHIP_E2E_AUDIT names, or else one that is recorded from a
// real kube-apiserver and kept in the cache.
func Corpus(ctx context.Context) (dir string, err error) {
	if dir := Recorded(); dir != "" {
		return dir, nil
	}
	cache, err := backend.Cache()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "recorded-1")
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return dir, err
	}
	return dir, record(ctx, dir)
}

// Copy copies the audit*.log* files of a recording, as the agent must be able to guard them.
func Copy(from, to string) error {
	paths, err := filepath.Glob(filepath.Join(from, "audit*.log*"))
	if err != nil || len(paths) == 0 {
		return errors.Join(fmt.Errorf("copy the log: none in %s", from), err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, path := range paths {
		if err := copyFile(path, filepath.Join(to, filepath.Base(path))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
