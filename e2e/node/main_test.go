// The agent as it is deployed: in a pod of a real kubeadm node, beside the API server whose log it ships, with servers
// outside of the node. It needs root and some packages (../backends/node/node-up.sh), so it runs only when E2E_NODE is set,
// as `make e2e-node` does.
package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/backend"
)

// requireNode skips loudly what this machine cannot do.
func requireNode(t *testing.T) {
	t.Helper()
	if os.Getenv("E2E_NODE") == "" {
		t.Skip("E2E_NODE is not set: see make e2e-node")
	}
	if missing := backend.NodeMissing(); missing != "" {
		t.Skipf("NOT TESTED: a kubeadm node needs %s", missing)
	}
}

// newDir is a directory on the cache's file system for the files of a test, which stay there if it fails.
func newDir(t *testing.T) string {
	t.Helper()
	cache, err := backend.Cache()
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(cache, "run"), 0o755))
	dir, err := os.MkdirTemp(filepath.Join(cache, "run"), "e2e-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755)) // Elasticsearch may have to run as another user
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("logs are kept in", dir)
			return
		}
		must(t, os.RemoveAll(dir))
	})
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	poll     = 300 * time.Millisecond
	patience = 10 * time.Minute // on a machine with other work
)

// await polls until done says so; it fails with what done says when the time is over.
func await(t *testing.T, what string, limit time.Duration, done func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	begin, tick := time.Now(), time.NewTicker(poll)
	defer tick.Stop()
	for last := error(nil); ; {
		err := done(ctx)
		if err == nil {
			t.Logf("%s after %.1f s", what, time.Since(begin).Seconds())
			return
		}
		if ctx.Err() != nil {
			t.Fatal(fmt.Errorf("wait until %s: %w, before that: %v", what, err, last))
		}
		last = err
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
