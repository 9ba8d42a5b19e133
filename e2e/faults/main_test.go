package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
)

// What all rows share.
var (
	auditship agent.Binary
	corpus    string
	workDir   string // kept if a row fails
	results   table
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(logSpecEnv); spec != "" {
		if err := writeLog(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	results.print()
	if code != 0 && workDir != "" {
		fmt.Println("logs and states are kept in", workDir)
	} else if err := os.RemoveAll(workDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// prepare makes what rows need beside servers.
func prepare(ctx context.Context) (err error) {
	if os.Getenv("E2E_PORTS") == "" { // others than those of the tests beside
		if err := os.Setenv("E2E_PORTS", "26000-27999"); err != nil {
			return err
		}
	}
	cache, err := backend.Cache()
	if err != nil {
		return err
	}
	runs := filepath.Join(cache, "run")
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return err
	}
	if workDir, err = os.MkdirTemp(runs, "faults-"); err != nil {
		return err
	}
	if err := os.Chmod(workDir, 0o755); err != nil { // Elasticsearch may have to run as another user
		return err
	}
	if corpus, err = auditlog.Corpus(ctx); err != nil {
		return err
	}
	if auditship = agent.Binary(os.Getenv("AUDITSHIP_E2E_BINARY")); auditship == "" {
		auditship, err = agent.Build(ctx, filepath.Join("..", ".."), workDir)
	}
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
