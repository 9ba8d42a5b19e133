package bench_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/bench/check"
	"github.com/auditship/auditship/e2e/bench/corpus"
	"github.com/auditship/auditship/e2e/bench/measure"
	"github.com/auditship/auditship/e2e/bench/peers"
)

// TestJudging measures what 200 rules and redaction cost whole runs, interleaved with runs without them, and fails where they keep less
// of the speed than is promised.
func TestJudging(t *testing.T) {
	needed(t)
	agent, err := peers.Auditship(t.Context(), repository(), workDir)
	must(t, err)
	fmt.Printf("\n%s; %d MB, medians of %d interleaved runs to a file\n\n| log | what | CPU s | MB per CPU-s | MB/s | keeps |\n|---|---|--:|--:|--:|--:|\n", environment(), *size, *runs)

	mixed := newWork(t, corpus.Spec{Bytes: *size * 1e6})
	ruled := *mixed
	ruled.rules = 199
	compare(t, "mixed", variant{"1 rule", agent, mixed}, variant{"200 rules", agent, &ruled}, 0.85)

	full := fullWork(t)
	compare(t, "RequestResponse alone", variant{"`redact: off`", peers.Unredacted(agent), full}, variant{"redaction as by default", agent, full}, 0.40)
}

// variant is one of two ways to do the same.
type variant struct {
	name  string
	agent *peers.Peer
	work  *work
}

// compare runs one after the other, again and again, and demands that the second keeps a part of the speed of the first.
func compare(t *testing.T, log string, without, with variant, least float64) {
	t.Helper()
	usages := [2][]measure.Usage{}
	for range *runs {
		for i, v := range []variant{without, with} {
			u, err := v.work.run(t, v.agent)
			must(t, err)
			usages[i] = append(usages[i], u)
		}
	}
	cpu := func(i int) float64 { return median(usages[i], measure.Usage.CPU).Seconds() }
	for i, v := range []variant{without, with} {
		wall := median(usages[i], func(u measure.Usage) time.Duration { return u.Wall })
		megabytes := float64(v.work.bytes) / 1e6
		fmt.Printf("| %s | %s | %.2f | %.0f | %.0f | %.0f %% |\n", log, v.name, cpu(i), megabytes/cpu(i), megabytes/wall.Seconds(), 100*cpu(0)/cpu(i))
	}
	if kept := cpu(0) / cpu(1); kept < least {
		t.Errorf("%s keeps %.0f %% of the speed, want %.0f %%", with.name, 100*kept, 100*least)
	}
}

// fullWork is a log that has nothing but the recording's events of level RequestResponse, with new audit IDs.
func fullWork(t *testing.T) *work {
	t.Helper()
	dir := newDir(t)
	paths, err := filepath.Glob(filepath.Join(recording(t), "audit*.log"))
	must(t, err)
	var full []byte
	for _, path := range paths {
		content, err := os.ReadFile(path)
		must(t, err)
		for line := range bytes.Lines(content) {
			if bytes.Contains(line[:min(len(line), 200)], []byte(`"level":"RequestResponse"`)) {
				full = append(full, line...)
			}
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "audit-full.log"), full, 0o600))
	lines, err := auditlog.NewGenerator(dir, *seed, len(full))
	must(t, err)

	w := &work{paths: []string{filepath.Join(dir, "made.log")}}
	full = full[:0]
	for now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC); int64(len(full)) < *size*1e6; w.lines++ {
		full = lines.Append(full, now)
		now = now.Add(time.Millisecond)
	}
	w.bytes = int64(len(full))
	must(t, os.WriteFile(w.paths[0], full, 0o600))
	w.expected, err = check.FromLog(w.paths[0], corpus.Noise)
	must(t, err)
	return w
}
