package stress

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
)

// row is one way of rotation at one pace.
type row struct {
	name   string
	rotate rotation
	pace   pace
	logs   int
	lossy  bool // something may be destroyed before anybody can read it; then it has to be told
	gaps   bool // may be told although nothing is missing: what a truncation destroyed, only the writer knows
	open   bool // not all that is lost is told yet: docs/guarantees.md says what
}

// Every line arrives, none twice, unless it is destroyed before anybody can read it: then it lies in a gap that was told.
func TestRotation(t *testing.T) {
	w := prepare(t)
	table := "| rotation | lines | files | auditship | doubled | gaps told | lines in none | nxadm/tail | doubled |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
	for _, r := range rows() {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			ours, theirs, files := w.run(t, r)
			line := fmt.Sprintf("| %s | %d | %d | %s | %d | %d | %d | %s | %d |\n", r.name, ours.lines, files, ours.percent(), ours.doubled, len(ours.gaps), ours.unexplained, theirs.percent(), theirs.doubled)
			table += line
			t.Log(line)
			if !r.open && (ours.doubled > 0 || ours.unexplained > 0 || ours.missing > 0 && !r.lossy) {
				t.Errorf("%d lines missing, %d of them in no gap, %d doubled; gaps: %+v", ours.missing, ours.unexplained, ours.doubled, ours.gaps)
			}
			if !r.lossy && !r.gaps && len(ours.gaps) > 0 {
				t.Errorf("gaps are told that are none: %+v", ours.gaps)
			}
		})
	}
	fmt.Print(table)
}

func rows() []row {
	published := pace{between: 2 * time.Millisecond, lines: 200, interval: 500 * time.Millisecond, duration: time.Minute}
	fast := pace{lines: 200, interval: 500 * time.Millisecond, duration: 10 * time.Second}
	logs := 5
	if testing.Short() {
		published.duration, fast.duration, logs = 5*time.Second, 2*time.Second, 2
	}
	return []row{
		{name: "rename", rotate: rename, pace: published, logs: logs},
		{name: "delete", rotate: remove, pace: published, logs: logs, lossy: testing.Short()}, // a busy machine may not run the agent while a file is there
		{name: "copytruncate", rotate: copyTruncate, pace: published, logs: logs, gaps: true},
		{name: "copytruncate under a writer", rotate: copyWriteTruncate, pace: published, logs: logs, lossy: true},
		{name: "rename, without a pause", rotate: rename, pace: fast, logs: 1},
		{name: "rename, three backups kept, without a pause", rotate: renameKeeping(3), pace: fast, logs: 1, lossy: true, open: true},
		{name: "delete, without a pause between lines", rotate: remove, pace: fast, logs: 1, lossy: true, open: true},
		{name: "copytruncate, without a pause", rotate: copyTruncate, pace: fast, logs: 1, lossy: true, open: true},
	}
}

// run writes all logs of a row side by side, each under an agent and a tail of its own.
func (w *workbench) run(t *testing.T, r row) (ours, theirs found, files int) {
	t.Helper()
	var mu sync.Mutex
	t.Run("logs", func(t *testing.T) {
		for i := range r.logs {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				a, b, n := w.follow(t, r, filepath.Join(w.dir, strings.ReplaceAll(r.name, " ", "-"), fmt.Sprint(i)), uint64(i))
				mu.Lock()
				defer mu.Unlock()
				ours.add(a)
				theirs.add(b)
				files += n
			})
		}
	})
	return ours, theirs, files
}

func (w *workbench) follow(t *testing.T, r row, dir string, seed uint64) (ours, theirs found, files int) {
	must(t, os.MkdirAll(filepath.Join(dir, "log"), 0o700))
	source, err := auditlog.NewGenerator(w.corpus, seed, 4<<20)
	must(t, err)
	l := newLog(dir, r.rotate, source)
	must(t, os.WriteFile(l.path, nil, 0o600)) // the library would not read what it finds in a log that appears
	archive, tailed := filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "tailed")
	process, err := w.auditship.Start(w.config(t, dir, l.path, archive))
	must(t, err)
	t.Cleanup(process.Kill)
	stopTail := startTail(t, w.tail, l.path, tailed)
	must(t, process.Await(t.Context(), func(agent.Metrics) bool { return true })) // it listens

	must(t, l.write(t.Context(), r.pace))
	settle(t, process)
	stopTail()
	gaps := toldGaps(t, dir)
	return judge(t, l, shipped(t, archive), gaps), judge(t, l, followed(t, tailed), nil), l.files
}

func (w *workbench) config(t *testing.T, dir, log, archive string) *agent.Config {
	config, err := agent.New(dir, log, agent.Output{Name: "archive", File: &agent.File{Path: archive}})
	must(t, err)
	config.Log = map[string]string{"format": "json"}
	return config
}

// settle waits until nothing comes any more, and stops the agent.
func settle(t *testing.T, process *agent.Process) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for before := -1; ; time.Sleep(3 * time.Second) {
		read := 0
		must(t, process.AwaitSettled(ctx, 1, "archive"))
		must(t, process.Await(ctx, func(m agent.Metrics) bool { read = m.Events("archive", "read"); return true }))
		if read == before {
			break
		}
		before = read
	}
	must(t, process.Stop(ctx))
}
