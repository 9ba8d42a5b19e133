package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
	"github.com/auditship/auditship/e2e/backend"
)

const manifestPath = "etc/kubernetes/manifests/kube-apiserver.yaml"

// TestEnableAudit turns auditing on, on a node of its own; then does to it what goes wrong on others: a change that does not come
// up in time is undone, an API server that does not start is mended, and what kubeadm writes anew keeps the change.
func TestEnableAudit(t *testing.T) {
	requireNode(t)
	l := startNode(t)

	l.enable(t, "the API server is back", "--write")
	on := l.read(t, manifestPath)
	l.enable(t, "nothing to do", "--write")
	l.same(t, "a second run", on)

	pid := l.inside(t, "pgrep", "-x", "kube-apiserver")
	l.enable(t, "the API server is back", "--write", "--policy", "minimal")
	l.same(t, "another policy", on)
	if now := l.inside(t, "pgrep", "-x", "kube-apiserver"); now == pid {
		t.Error("the API server was not started again for its new policy")
	}

	if out, err := l.Exec(t.Context(), "/opt/e2e/auditship", "enable-audit", "--write", "--max-age", "31", "--timeout", "5s"); err == nil || !strings.Contains(err.Error(), "rolled back") {
		t.Errorf("a change that had no time to come up: %v\n%s", err, out)
	}
	l.same(t, "a rollback", on)
	l.serves(t)

	l.mend(t, on)
	l.kubeadm(t)
}

// startNode starts a node without servers beside it, and builds the agent into it.
func startNode(t *testing.T) *lab {
	t.Helper()
	l := &lab{dir: newDir(t)}
	var err error
	l.Node, err = backend.StartNode(t.Context(), l.dir)
	must(t, err)
	t.Cleanup(func() { must(t, l.Node.Stop()) })
	_, err = agent.Build(t.Context(), repository, filepath.Join(l.Root, "opt/e2e"))
	must(t, err)
	return l
}

// enable runs the command, which must succeed and say something.
func (l *lab) enable(t *testing.T, want string, args ...string) {
	t.Helper()
	begin := time.Now()
	out := l.inside(t, append([]string{"/opt/e2e/auditship", "enable-audit"}, args...)...)
	if !strings.Contains(out, want) {
		t.Errorf("%v: %q is not in\n%s", args, want, out)
	}
	t.Logf("enable-audit %s: %.0f s", strings.Join(args, " "), time.Since(begin).Seconds())
}

func (l *lab) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.Root, name))
	must(t, err)
	return string(text)
}

func (l *lab) same(t *testing.T, after, want string) {
	t.Helper()
	if got := l.read(t, manifestPath); got != want {
		t.Errorf("after %s the manifest is\n%s\nwant\n%s", after, got, want)
	}
}

func (l *lab) serves(t *testing.T) {
	t.Helper()
	_, err := l.Kubectl(t.Context(), "--request-timeout=5s", "get", "--raw", "/livez")
	must(t, err)
}

// mend breaks the set-up as a walkthrough of 2019 would: by a feature gate and a version of the policy that are no more.
func (l *lab) mend(t *testing.T, on string) {
	t.Helper()
	policy := filepath.Join(l.Root, "etc/kubernetes/audit/policy.yaml")
	text := l.read(t, "etc/kubernetes/audit/policy.yaml")
	must(t, os.WriteFile(policy, []byte(strings.Replace(text, "audit.k8s.io/v1\n", "audit.k8s.io/v1beta1\n", 1)), 0o600))
	l.put(t, strings.Replace(on, "    - --audit-log-maxage=30\n", "    - --audit-log-maxage=30\n    - --feature-gates=AdvancedAuditing=false\n", 1))
	await(t, "the API server has failed", patience, func(ctx context.Context) error {
		out, err := l.Exec(ctx, "sh", "-c", "cat /var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log | grep -m 1 'unrecognized feature gate: AdvancedAuditing'")
		if err != nil {
			return fmt.Errorf("it has not said why: %s", out)
		}
		return nil
	})
	l.enable(t, "remove AdvancedAuditing=false from --feature-gates", "--write")
	l.same(t, "mending", on)
	if got := l.read(t, "etc/kubernetes/audit/policy.yaml"); got != text {
		t.Errorf("after mending the policy is\n%s", got)
	}
	l.serves(t)
}

// put writes a manifest as an editor does that saves by renaming.
func (l *lab) put(t *testing.T, text string) {
	t.Helper()
	edited := filepath.Join(l.Root, "etc/kubernetes/.edited")
	must(t, os.WriteFile(edited, []byte(text), 0o600))
	must(t, os.Rename(edited, filepath.Join(l.Root, manifestPath)))
}

// kubeadm writes the manifest anew, with the patches and with the configuration that the command gives it: then there is
// nothing to do. Without them there is, which is why they are needed.
func (l *lab) kubeadm(t *testing.T) {
	t.Helper()
	l.inside(t, "/opt/e2e/auditship", "enable-audit", "-o", "patches", "--patches-dir", "/root/patches")
	fragment := l.inside(t, "/opt/e2e/auditship", "enable-audit", "-o", "kubeadm-v1beta4")
	_, arguments, found := strings.Cut(fragment, "\napiServer:\n")
	config := l.read(t, "root/kubeadm.yaml")
	if !found || !strings.Contains(config, "apiServer:\n") || !strings.Contains(config, "kind: InitConfiguration\n") {
		t.Fatalf("this is put together otherwise:\n%s\n%s", fragment, config)
	}
	for name, text := range map[string]string{
		"as it was":     config,
		"patches":       strings.Replace(config, "kind: InitConfiguration\n", "kind: InitConfiguration\npatches: {directory: /root/patches}\n", 1),
		"configuration": strings.Replace(config, "apiServer:\n", "apiServer:\n"+arguments+"\n", 1),
	} {
		must(t, os.WriteFile(filepath.Join(l.Root, "root/again.yaml"), []byte(text), 0o600))
		l.inside(t, "env", "KUBEADM_INIT_DRYRUN_DIR=/root/dry", "sh", "-c", "mkdir -p /root/dry && kubeadm init phase control-plane apiserver --config /root/again.yaml --dry-run")
		out := l.inside(t, "/opt/e2e/auditship", "enable-audit", "--manifest", "/root/dry/kube-apiserver.yaml")
		if done := strings.Contains(out, "nothing to do"); done != (name != "as it was") {
			t.Errorf("what kubeadm writes with %s: %s", name, out)
		}
	}
}
