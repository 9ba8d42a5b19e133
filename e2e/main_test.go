// The end-to-end tests: the built agent between real logs and real servers. See README.md for how to run them.
package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

// What all tests of a run share. Tests do not run side by side: most of them measure.
var (
	binary  agent.Binary
	workDir string // on the cache's file system; kept if a test fails
)

// pick is how much of something a test does: short is for what continuous integration has time for (go test -short).
func pick[T any](short, full T) T {
	if testing.Short() {
		return short
	}
	return full
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := 1
	if err := prepare(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	stopServers()
	if code == 0 {
		code = cleanUp()
	} else {
		fmt.Println("logs and states are kept in", workDir)
	}
	os.Exit(code)
}

func prepare(ctx context.Context) error {
	cache, err := backend.Cache()
	if err != nil {
		return err
	}
	runs := filepath.Join(cache, "run")
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return err
	}
	if workDir, err = os.MkdirTemp(runs, "e2e-"); err != nil {
		return err
	}
	// Elasticsearch may have to run as another user.
	if err := os.Chmod(workDir, 0o755); err != nil {
		return err
	}
	if binary = agent.Binary(os.Getenv("AUDITSHIP_E2E_BINARY")); binary == "" {
		binary, err = agent.Build(ctx, "..", workDir)
	}
	return err
}

func cleanUp() (code int) {
	if err := os.RemoveAll(workDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// newDir is a new directory for the files of a test.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "test-")
	must(t, err)
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
