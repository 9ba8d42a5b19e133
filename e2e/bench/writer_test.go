package bench_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/corpus"
)

// writer appends made lines to a log, each in a call of its own as kube-apiserver does, at a steady rate.
type writer struct {
	path string
	file *os.File
	made *corpus.Maker
	line []byte
}

func newWriter(t *testing.T, spec corpus.Spec) *writer {
	t.Helper()
	spec.Seed, spec.Real = *seed, recording(t)
	made, err := corpus.NewMaker(spec)
	must(t, err)
	w := &writer{path: filepath.Join(newDir(t), "audit.log"), made: made}
	w.file, err = os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(t, err)
	t.Cleanup(func() { w.file.Close() })
	return w
}

const beat = 10 * time.Millisecond

// write writes so many lines in a second for some time, or until ctx ends.
func (w *writer) write(ctx context.Context, perSecond int, d time.Duration) error {
	begin := time.Now()
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for written := 0; ; {
		passed := min(time.Since(begin), d)
		for ; written < int(passed.Seconds()*float64(perSecond)); written++ {
			w.line = w.made.AppendAt(w.line[:0], time.Now().UTC())
			if _, err := w.file.Write(w.line); err != nil {
				return err
			}
		}
		if passed == d {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
