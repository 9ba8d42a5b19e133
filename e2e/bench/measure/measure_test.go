package measure_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/bench/measure"
)

func TestMain(m *testing.M) {
	measure.Launch()
	os.Exit(m.Run())
}

func start(t *testing.T, args ...string) *measure.Process {
	t.Helper()
	p, err := measure.Start(t.Context(), measure.Command{
		Args: args, Env: []string{"WORD=said"}, Log: filepath.Join(t.TempDir(), "log"), Stdout: filepath.Join(t.TempDir(), "out"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPeak takes the memory of a small program while this process has a lot: none of it may show.
func TestPeak(t *testing.T) {
	const own = 64 << 20
	mine := make([]byte, own)
	for i := 0; i < own; i += 4096 {
		mine[i] = 1
	}
	u, err := start(t, "/bin/sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done").Wait()
	if err != nil || u.Code != 0 {
		t.Fatalf("%+v, %v", u, err)
	}
	if u.PeakRSS > own/2 || u.PeakRSS < 100<<10 {
		t.Errorf("a shell is said to take %d bytes", u.PeakRSS)
	}
	if u.CPU() <= 0 || u.CPU() > u.Wall+20*time.Millisecond {
		t.Errorf("processor time %v within %v", u.CPU(), u.Wall)
	}
	if mine[4096] != 1 {
		t.Error("memory is gone")
	}
}

func TestStopAndCode(t *testing.T) {
	sample, err := measure.TakeSample(os.Getpid()) // the kernel may show no memory of a process that has just begun
	if err != nil || sample.RSS == 0 {
		t.Errorf("sample: %+v, %v", sample, err)
	}
	if u, err := start(t, "/bin/sleep", "1000").Stop(); err != nil || u.Code != -1 {
		t.Errorf("stopped: %+v, %v", u, err)
	}
	if u, err := start(t, "/bin/sh", "-c", "exit 7").Wait(); err != nil || u.Code != 7 {
		t.Errorf("exit 7: %+v, %v", u, err)
	}
}

func TestStartErrors(t *testing.T) {
	_, err := measure.Start(t.Context(), measure.Command{Args: []string{"/no/such/program"}, Log: filepath.Join(t.TempDir(), "log")})
	if err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("got %v", err)
	}
}

// TestPrioritise sets the value that this process has already: to change it may not be allowed.
func TestPrioritise(t *testing.T) {
	if err := measure.Prioritise(nice(t, os.Getpid())); err != nil {
		t.Fatal(err)
	}
	p := start(t, "/bin/sleep", "1000")
	if got, want := nice(t, p.PID), nice(t, os.Getpid()); got != want {
		t.Errorf("what is started has nice value %d, want %d", got, want)
	}
	if _, err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// nice is the nice value of a process.
func nice(t *testing.T, pid int) int {
	t.Helper()
	raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, pid)
	if err != nil {
		t.Fatal(err)
	}
	return 20 - raw // getpriority(2) of the kernel returns 1 to 40
}
