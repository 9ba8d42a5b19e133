package bench_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

var (
	large  = flag.Bool("large", false, "let TestGrowth end at a log of 10 GB")
	growth = flag.Int64("growth-size", 256, "MB of the log where TestGrowth grows along another dimension")
)

// step is one point along a dimension.
type step struct {
	name string
	work *work
}

// TestGrowth ships to files while one thing grows: the log, the rules, the outputs, the lines, the backups.
func TestGrowth(t *testing.T) {
	needed(t)
	agent, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	fmt.Printf("\n%s; medians of %d runs\n\n| what grows | | MB per CPU-s | µs of CPU per event | MB/s | RSS MiB |\n|---|--:|--:|--:|--:|--:|\n", environment(), *runs)
	for _, dimension := range []struct {
		name  string
		steps func(*testing.T) []func() step
	}{{"log", logSizes}, {"rules", ruleCounts}, {"outputs", outputCounts}, {"lines", lineSizes}, {"backups", backupCounts}} {
		t.Run(dimension.name, func(t *testing.T) {
			for _, make := range dimension.steps(t) {
				s := make()
				s.run(t, agent, dimension.name)
			}
		})
	}
}

func (s step) run(t *testing.T, agent *peers.Peer, dimension string) {
	t.Helper()
	var usages []measure.Usage
	for range *runs {
		u, err := s.work.run(t, agent)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			return
		}
		usages = append(usages, u)
	}
	cpu := median(usages, measure.Usage.CPU)
	wall := median(usages, func(u measure.Usage) time.Duration { return u.Wall })
	rss := median(usages, func(u measure.Usage) int64 { return u.PeakRSS })
	megabytes := float64(s.work.bytes) / 1e6
	fmt.Printf("| %s | %s | %.0f | %.2f | %.0f | %.0f |\n", dimension, s.name, megabytes/cpu.Seconds(),
		float64(cpu.Microseconds())/float64(s.work.lines), megabytes/wall.Seconds(), float64(rss)/(1<<20))
}

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
