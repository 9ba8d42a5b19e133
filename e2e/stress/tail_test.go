package stress

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func buildTail(t *testing.T, program string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../rivals/nxtail").CombinedOutput(); err != nil {
		t.Fatalf("build nxtail: %v\n%s", err, out)
	}
}

// startTail follows a log by nxadm/tail; stop ends that. Whatever the library does, it is no reason to stop.
func startTail(t *testing.T, program, followed, output string) (stop func()) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, followed, output)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	return func() {
		_ = command.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Logf("nxadm/tail ended: %v", err)
		}
	}
}
