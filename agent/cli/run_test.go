package cli

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestClosedStandardOutput: who reads it may go away. That is an error of the write, and not the end of the process.
func TestClosedStandardOutput(t *testing.T) {
	const inChild = "AUDITSHIP_TEST_CLOSED_OUTPUT"
	if os.Getenv(inChild) != "" {
		_, stop := untilStopped(t.Context())
		defer stop()
		if _, err := os.Stdout.WriteString("{}\n"); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("got %v, want EPIPE", err)
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	child := exec.Command(os.Args[0], "-test.run", "^TestClosedStandardOutput$")
	child.Env, child.Stdout = append(os.Environ(), inChild+"=1"), w
	if err := child.Run(); err != nil {
		t.Error(err)
	}
}
