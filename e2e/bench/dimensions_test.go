package bench_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
)

// newWork makes a log of its own.
func newWork(t *testing.T, spec corpus.Spec) *work {
	t.Helper()
	path, facts := makeLog(t, spec)
	expected, err := check.FromLog(path, corpus.Noise)
	must(t, err)
	return &work{paths: []string{path}, bytes: facts.Bytes, lines: facts.Lines, expected: expected}
}

func (w *work) remove(t *testing.T) {
	t.Helper()
	var err error
	for _, path := range w.paths {
		err = errors.Join(err, os.Remove(path))
	}
	must(t, err)
}

func logSizes(t *testing.T) (all []func() step) {
	sizes := []int64{10, 100, 1000}
	if *large {
		sizes = append(sizes, 10_000)
	}
	for _, megabytes := range sizes {
		all = append(all, func() step {
			w := newWork(t, corpus.Spec{Bytes: megabytes * 1e6})
			t.Cleanup(func() { w.remove(t) })
			return step{fmt.Sprintf("%d MB", megabytes), w}
		})
	}
	return all
}

func ruleCounts(t *testing.T) (all []func() step) {
	w := newWork(t, corpus.Spec{Bytes: *growth * 1e6})
	for _, n := range []int{1, 10, 50, 200} {
		grown := *w
		grown.rules = n - 1
		all = append(all, func() step { return step{fmt.Sprint(n), &grown} })
	}
	return all
}

func outputCounts(t *testing.T) (all []func() step) {
	w := newWork(t, corpus.Spec{Bytes: *growth * 1e6})
	for _, n := range []int{1, 2, 3, 6} {
		grown := *w
		grown.outputs = n - 1
		all = append(all, func() step { return step{fmt.Sprint(n), &grown} })
	}
	return all
}

func lineSizes(t *testing.T) (all []func() step) {
	for _, size := range []int{100, 1000, 10_000, 100_000, 1_000_000} {
		all = append(all, func() step {
			w := newWork(t, corpus.Spec{Bytes: *growth * 1e6, LineSize: size})
			return step{fmt.Sprintf("%d B", w.bytes/int64(w.lines)), w}
		})
	}
	return all
}

// backupCounts cuts one log into ever more files.
func backupCounts(t *testing.T) (all []func() step) {
	for _, n := range []int{1, 10, 100} {
		all = append(all, func() step {
			w := newWork(t, corpus.Spec{Bytes: *growth * 1e6})
			w.paths = cutLog(t, w.paths[0], n+1)
			return step{fmt.Sprint(n), w}
		})
	}
	return all
}

// cutLog writes the lines of a log to n files of about the same size.
func cutLog(t *testing.T, path string, n int) (parts []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.Remove(path))
	dir := filepath.Dir(path)
	for i := range n {
		end := len(content)
		if i < n-1 {
			end = lineEnd(content, end/(n-i))
		}
		part := filepath.Join(dir, fmt.Sprintf("part-%03d", i))
		must(t, os.WriteFile(part, content[:end], 0o600))
		parts, content = append(parts, part), content[end:]
	}
	return parts
}

func lineEnd(content []byte, from int) int {
	for content[from-1] != '\n' {
		from++
	}
	return from
}
