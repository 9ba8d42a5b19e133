package e2e_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/verify"
)

// TestRotationTorture follows a log that is written and rotated as fast as lumberjack can, with one output that takes its
// time; github.com/nxadm/tail follows it beside the agent.
func TestRotationTorture(t *testing.T) {
	const megabytes, backups, rotations = 5, 3, 42
	dir := newDir(t)
	lines := generator(t, 1)
	writer := newWriter(t, dir, megabytes, backups)
	destinations := []destination{toFile(dir, "fast", agent.File{}), toFile(dir, "slow", agent.File{})}
	destinations[1].RateLimit = pick("20MiB", "10MiB")
	// The log exists before anyone follows it: the library would not read what it finds in a log that appears.
	must(t, writer.Generate(t.Context(), lines, 0, 1))
	process := start(t, newConfig(t, dir, writer.Path, destinations))
	rival := followByTail(t, dir, writer.Path)
	must(t, process.Await(t.Context(), func(m agent.Metrics) bool { return m.Events("fast", "read") > 0 }))

	begin := time.Now()
	must(t, writer.Generate(t.Context(), lines, 0, rotations*megabytes<<20))
	took := time.Since(begin)
	must(t, writer.Close())
	t.Logf("%d rotations in %.2f s, %.0f MB/s", rotations, took.Seconds(), float64(writer.Bytes)/1e6/took.Seconds())
	settle(t, process, writer.Lines, 3*time.Minute, names(destinations)...)

	log := readJournal(t, writer)
	checkExact(t, log, destinations)
	result, err := log.CompareLines("nxadm/tail", verify.Lines(rival.settled(t)))
	must(t, err)
	result.Examples = nil
	t.Logf("%v: %.2f %% lost, %.2f %% doubled", result, percent(result.Missing, result.Want), percent(result.Doubled, result.Want))
}

func percent(part, whole int) float64 { return math.Round(10_000*float64(part)/float64(whole)) / 100 }

// tailed is a running nxtail.
type tailed struct {
	command *exec.Cmd
	output  string
}

func followByTail(t *testing.T, dir, path string) *tailed {
	t.Helper()
	program := filepath.Join(dir, "nxtail")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./rivals/nxtail").CombinedOutput(); err != nil {
		t.Fatalf("build nxtail: %v\n%s", err, out)
	}
	follower := &tailed{output: filepath.Join(dir, "tailed")}
	follower.command = exec.CommandContext(t.Context(), program, path, follower.output)
	follower.command.Stderr = os.Stderr
	follower.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	follower.command.Cancel = func() error { return follower.command.Process.Signal(os.Interrupt) }
	must(t, follower.command.Start())
	follower.awaitGrowth(t)
	return follower
}

// awaitGrowth waits until the first line has been followed.
func (f *tailed) awaitGrowth(t *testing.T) {
	t.Helper()
	for size(f.output) == 0 {
		pause(t, 50*time.Millisecond)
	}
}

// settled waits until no line has come for a while, stops the follower and returns its file.
func (f *tailed) settled(t *testing.T) string {
	t.Helper()
	for before := int64(-1); size(f.output) != before; pause(t, 3*time.Second) {
		before = size(f.output)
	}
	must(t, f.command.Process.Signal(os.Interrupt))
	must(t, f.command.Wait())
	return f.output
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(d):
	}
}
