package kubeadm

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func v136(t *testing.T) string { return read(t, "testdata/v1.36.yaml") }

// TestWrite: the API server comes back with a log; all files are as they are to be; a second run has nothing to do.
func TestWrite(t *testing.T) {
	n := newNode(t, v136(t))
	before := read(t, n.manifest())
	plan := n.plan(n.settings())
	var said strings.Builder
	if err := n.writer(&said).Write(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		n.dir + DefaultPolicyPath: 0o600, n.manifest(): 0o600,
		n.dir + "/etc/kubernetes/audit": 0o700 | os.ModeDir, n.dir + "/var/log/kubernetes/audit": 0o700 | os.ModeDir, n.dir + "/etc/kubernetes/auditship-backup": 0o700 | os.ModeDir,
	} {
		if info, err := os.Stat(name); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	backups, err := filepath.Glob(n.dir + "/etc/kubernetes/auditship-backup/kube-apiserver.yaml.*")
	if err != nil || len(backups) != 1 || read(t, backups[0]) != before {
		t.Errorf("backups: %v, %v", backups, err)
	}
	if files, err := os.ReadDir(filepath.Dir(n.manifest())); err != nil || len(files) != 1 {
		t.Errorf("beside the manifest there is more: %v, %v", files, err)
	}
	if again := n.plan(n.settings()); !again.Empty() || len(again.Changes) > 0 {
		t.Errorf("a second run would change %v", again.Changes)
	}
	if !strings.Contains(said.String(), "the API server is back after") {
		t.Errorf("it said %s", said.String())
	}
}

// TestRollback: an API server that does not come up with the change gets its old manifest and policy back.
func TestRollback(t *testing.T) {
	n := newNode(t, v136(t))
	before := read(t, n.manifest())
	n.starts = func(_ []string, text string) bool { return !strings.Contains(text, "audit") }
	w := n.writer(io.Discard)
	w.Timeout = 200 * time.Millisecond
	err := w.Write(t.Context(), n.plan(n.settings()))
	var back *RolledBackError
	if !errors.As(err, &back) || back.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, `"command failed" err="unknown flag"`) || strings.Contains(text, "secret") || !strings.Contains(text, "runs as before") {
		t.Errorf("got %s", text)
	}
	if read(t, n.manifest()) != before {
		t.Error("the manifest is not as before")
	}
}

// TestInterrupt: the change stays, and the error tells how to go back.
func TestInterrupt(t *testing.T) {
	n := newNode(t, v136(t))
	ctx, stop := context.WithCancel(t.Context())
	n.starts = func([]string, string) bool { stop(); return false }
	plan := n.plan(n.settings())
	err := n.writer(io.Discard).Write(ctx, plan)
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) || read(t, n.manifest()) != string(plan.Text) {
		t.Errorf("got %v", err)
	}
}
