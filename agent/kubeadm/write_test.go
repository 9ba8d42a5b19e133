package kubeadm

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	w := n.impatient(n.writer(io.Discard))
	err := w.Write(t.Context(), n.plan(n.settings()))
	var back *RolledBackError
	if !errors.As(err, &back) || back.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, `"command failed" err="unknown flag"`) || strings.Contains(text, "secret") || !strings.Contains(text, "all is as it was before") {
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

// TestNewPolicy: where only the policy changes, the API server is started again to read it; one that it does not start with
// goes, and the old one comes back.
func TestNewPolicy(t *testing.T) {
	n := newNode(t, v136(t))
	if err := n.writer(io.Discard).Write(t.Context(), n.plan(n.settings())); err != nil {
		t.Fatal(err)
	}
	s := n.settings()
	s.Policy = &Policy{"new", []byte(goodPolicy)}
	if err := n.writer(io.Discard).Write(t.Context(), n.plan(s)); err != nil {
		t.Fatal(err)
	}
	if servers, err := n.Servers(); err != nil || servers[1].ID != "103" || read(t, s.PolicyPath) != goodPolicy {
		t.Errorf("it was not started again: %v, %v", servers, err)
	}
	n.starts = func([]string, string) bool { return read(t, s.PolicyPath) == goodPolicy }
	s.Policy = &Policy{"newer", []byte(goodPolicy + "# newer\n")}
	w := n.impatient(n.writer(io.Discard))
	var back *RolledBackError
	if err := w.Write(t.Context(), n.plan(s)); !errors.As(err, &back) || read(t, s.PolicyPath) != goodPolicy {
		t.Errorf("got %v", err)
	}
}

// TestWithoutKubelet: nothing is restarted, so the change is undone; the API server has run all the time.
func TestWithoutKubelet(t *testing.T) {
	n := newNode(t, v136(t))
	n.asleep.Store(true)
	w := n.impatient(n.writer(io.Discard))
	err := w.Write(t.Context(), n.plan(n.settings()))
	var back *RolledBackError
	if !errors.As(err, &back) || back.Undo != nil || !strings.Contains(err.Error(), "does kubelet run") || strings.Contains(read(t, n.manifest()), "audit") {
		t.Errorf("got %v", err)
	}
}

// TestBlind: where no process can be seen, an answer counts only after there was none.
func TestBlind(t *testing.T) {
	n := newNode(t, v136(t))
	n.blind = true
	if err := n.writer(io.Discard).Write(t.Context(), n.plan(n.settings())); err != nil {
		t.Error(err)
	}
	n.asleep.Store(true)
	w := n.impatient(n.writer(io.Discard))
	s := n.settings()
	s.MaxAge = 31
	if err := w.Write(t.Context(), n.plan(s)); err == nil || !strings.Contains(err.Error(), "no new one was started") {
		t.Errorf("got %v", err)
	}
}

// TestMend: an API server that does not start before the change, because of a gate that is no more, does after it.
func TestMend(t *testing.T) {
	n := newNode(t, v136(t))
	n.starts = func(args []string, _ string) bool {
		return !strings.Contains(strings.Join(args, " "), "AdvancedAuditing")
	}
	broken := strings.Replace(v136(t), "    - --secure-port=6443\n", "    - --secure-port=6443\n    - --feature-gates=AdvancedAuditing=false\n", 1)
	n.put(broken)
	<-n.failed
	var said strings.Builder
	if err := n.writer(&said).Write(t.Context(), n.plan(n.settings())); err != nil || !strings.Contains(said.String(), "does not answer now") {
		t.Errorf("got %v, and it said %s", err, said.String())
	}
}

// TestNoLog: an API server that writes its log elsewhere is not what was wanted.
func TestNoLog(t *testing.T) {
	n := newNode(t, v136(t))
	plan := n.plan(n.settings())
	plan.LogPath += ".other"
	var back *RolledBackError
	if err := n.writer(io.Discard).Write(t.Context(), plan); !errors.As(err, &back) || !strings.Contains(err.Error(), "its audit log is not there") || back.Undo != nil {
		t.Errorf("got %v", err)
	}
}

// TestChangedMeanwhile: a plan is for the manifest that it was made for.
func TestChangedMeanwhile(t *testing.T) {
	n := newNode(t, v136(t))
	plan := n.plan(n.settings())
	other := v136(t) + "# other\n"
	n.put(other)
	if err := n.writer(io.Discard).Write(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "has changed meanwhile") || read(t, n.manifest()) != other {
		t.Errorf("got %v", err)
	}
}

// TestBackupAmongManifests: kubelet would start a second API server from it.
func TestBackupAmongManifests(t *testing.T) {
	n := newNode(t, v136(t))
	for _, dir := range []string{"", "/backup"} {
		w := n.writer(io.Discard)
		w.BackupDir = filepath.Dir(n.manifest()) + dir
		if err := w.Write(t.Context(), n.plan(n.settings())); err == nil || !strings.Contains(err.Error(), "second API server") {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}
