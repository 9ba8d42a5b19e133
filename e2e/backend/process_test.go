package backend_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

// A server that forks, as Elasticsearch's launcher does, and tells the process IDs of its parts.
const forking = `sleep 600 & echo $$ $!; wait`

func ready(context.Context) error { return nil }

func TestStopEndsEverythingThatWasStarted(t *testing.T) {
	p, err := backend.Start(t.Context(), backend.Spec{
		Name: "forking", Dir: t.TempDir(), Command: []string{"/bin/sh", "-c", forking}, Ready: ready,
	})
	if err != nil {
		t.Fatal(err)
	}
	pids := pidsIn(t, p.LogFile())
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if err := p.Stop(); err != nil {
		t.Error("second Stop:", err)
	}
	for _, pid := range pids {
		awaitEnd(t, pid)
	}
}

func TestStartTellsThatTheServerEnded(t *testing.T) {
	_, err := backend.Start(t.Context(), backend.Spec{
		Name: "dead", Dir: t.TempDir(), Command: []string{"/bin/sh", "-c", "exit 3"},
		Ready: func(context.Context) error { return errors.New("not there") },
	})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("error %v, want the exit code 3", err)
	}
}

// TestServersDieWithTheTestBinary kills a second instance of this test binary that holds a running server.
func TestServersDieWithTheTestBinary(t *testing.T) {
	dir := os.Getenv("E2E_HOLD_SERVER")
	if dir != "" {
		if _, err := backend.Start(t.Context(), backend.Spec{
			Name: "held", Dir: dir, Command: []string{"/bin/sh", "-c", forking}, Ready: ready,
		}); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	dir = t.TempDir()
	holder := exec.Command(os.Args[0], "-test.run=^TestServersDieWithTheTestBinary$")
	holder.Env = append(os.Environ(), "E2E_HOLD_SERVER="+dir)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	pids := pidsIn(t, dir+"/held.log")
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // it was killed
	for _, pid := range pids {
		awaitEnd(t, pid)
	}
}

// pidsIn waits for the first line of a log, and returns the process IDs in it.
func pidsIn(t *testing.T, log string) (pids []int) {
	t.Helper()
	await(t, func() bool {
		file, err := os.Open(log)
		if err != nil {
			return false
		}
		defer file.Close()
		line, err := bufio.NewReader(file).ReadString('\n')
		if err != nil {
			return false
		}
		for _, field := range strings.Fields(line) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatalf("process ID %q: %v", field, err)
			}
			pids = append(pids, pid)
		}
		return true
	})
	return pids
}

func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	await(t, func() bool { return ended(pid) })
}

// ended also holds for a zombie that nobody has waited for.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(status), ") Z ")
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case <-deadline:
			t.Fatal("waited for 20 s")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
