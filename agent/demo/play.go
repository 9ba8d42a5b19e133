package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// rotateAt is how long audit.log may grow.
const rotateAt = 64 << 10

// play writes lines to a log as kube-apiserver does, with its rotation: close, rename to audit-TIME.log, begin anew.
func play(ctx context.Context, path string, lines []string, lasts time.Duration) error {
	ticker := time.NewTicker(max(lasts/time.Duration(len(lines)), time.Microsecond))
	defer ticker.Stop()
	var log *os.File
	size := 0
	for _, line := range lines {
		if log == nil || size+len(line) >= rotateAt {
			if err := rotate(path, log); err != nil {
				return fmt.Errorf("play the log: %w", err)
			}
			var err error
			if log, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
				return fmt.Errorf("play the log: %w", err)
			}
			size = 0
		}
		n, err := log.WriteString(line + "\n")
		if err != nil {
			return fmt.Errorf("play the log: %w", err)
		}
		size += n
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return log.Close()
		}
	}
	return log.Close()
}

func rotate(path string, log *os.File) error {
	if log == nil {
		return nil
	}
	if err := log.Close(); err != nil {
		return err
	}
	ext := filepath.Ext(path)
	for at := time.Now().UTC(); ; at = at.Add(time.Millisecond) {
		backup := strings.TrimSuffix(path, ext) + "-" + at.Format("2006-01-02T15-04-05.000") + ext
		if _, err := os.Lstat(backup); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(path, backup)
		}
	}
}
