package stress

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
)

// workbench is what all rows share.
type workbench struct {
	dir, corpus, tail string
	auditship         agent.Binary
}

// prepare builds the programs. The directory is on the cache's file system, and kept if a row fails.
func prepare(t *testing.T) *workbench {
	t.Helper()
	cache, err := backend.Cache()
	must(t, err)
	runs := filepath.Join(cache, "run")
	must(t, os.MkdirAll(runs, 0o755))
	dir, err := os.MkdirTemp(runs, "stress-")
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("logs and states are kept in", dir)
		} else if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	w := &workbench{dir: dir, tail: filepath.Join(dir, "nxtail"), auditship: agent.Binary(os.Getenv("AUDITSHIP_E2E_BINARY"))}
	if w.corpus, err = auditlog.Corpus(t.Context()); err == nil && w.auditship == "" {
		w.auditship, err = agent.Build(t.Context(), filepath.Join("..", ".."), dir)
	}
	must(t, err)
	buildTail(t, w.tail)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
