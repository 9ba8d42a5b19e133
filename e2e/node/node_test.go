package node_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/agent"
)

// TestNode installs the agent on a node as docs/install.md says, in each of its ways, and then goes through its life.
func TestNode(t *testing.T) {
	requireNode(t)
	if runtime.GOARCH != "amd64" {
		t.Skip("NOT TESTED: the commands of the page are for amd64")
	}
	begin := time.Now()
	l := startLab(t)
	t.Logf("node and servers are ready after %.1f s", time.Since(begin).Seconds())
	binary, err := agent.Build(t.Context(), repository, filepath.Join(l.Root, "opt/e2e"))
	must(t, err)
	if t.Run("install page", l.installPage) && t.Run("read-only", l.readonly) {
		l.forget(t)
		l.setup(t, binary)
		t.Run("life", l.live)
	}
	t.Logf("all of it took %.0f s", time.Since(begin).Seconds())
}

// live goes through the life of an agent: auditing is set up otherwise, the agent is deployed, its pod is killed, its image rolled, its
// ConfigMap edited, the API server restarted, and it is made non-root. Requests are made all the time. In the end every line of the
// log is at both servers once, or left out by the policy that says so.
func (l *lab) live(t *testing.T) {
	l.tag(t, "one")
	l.build(t, "two")
	l.enableAudit(t)

	root := deployment{overlay: "elasticsearch", tag: "one", policy: dropLeases, linger: "200ms"}
	l.apply(t, root)
	l.checkProcess(t, asRoot, true, false)
	traffic := l.traffic(t)
	l.use(t, 1)
	l.kill(t)
	l.deletePod(t)
	root.tag = "two"
	l.apply(t, root)
	l.use(t, 2)
	root.policy = dropLeasesAndUnwanted
	l.editConfigMap(t, root, "policy_file")
	for range 3 {
		l.kubectl(t, "-n", "default", "get", "configmap", "unwanted", "--ignore-not-found")
	}
	root.linger = "100ms"
	l.editConfigMap(t, root, "config")
	l.restartAPIServer(t)
	l.use(t, 3)
	l.awaitGuard(t)
	l.checkProcess(t, asRoot, true, false)

	root.overlay, root.tag, root.compare = "nonroot", "one-nonroot", true
	l.apply(t, root)
	l.checkProcess(t, asNonroot, false, true)
	l.use(t, 4)
	l.awaitComparison(t)
	traffic.end()
	t.Logf("%d requests of the background were answered", traffic.sent)
	metrics := l.settle(t)
	l.checkProcess(t, asNonroot, false, true)
	checkBooks(t, metrics, l.judge(t))
}

// enableAudit changes what is logged: by a policy that logs nearly everything, to small files.
func (l *lab) enableAudit(t *testing.T) {
	t.Helper()
	policy, err := os.ReadFile("../backends/node/policy.yaml")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(l.Root, "root/policy.yaml"), policy, 0o600))
	begin := time.Now()
	out := l.inside(t, "/opt/e2e/auditship", "enable-audit", "--write", "--policy", "/root/policy.yaml", "--max-size", "1", "--max-backups", "1000")
	t.Logf("auditing is so after %.1f s:\n%s", time.Since(begin).Seconds(), out)
	await(t, "the log is written", patience, func(context.Context) error {
		_, err := os.Stat(filepath.Join(l.Root, "var/log/kubernetes/audit/audit.log"))
		return err
	})
}

// kill ends the agent as the kernel would for want of memory. kubelet starts it again in the same pod.
func (l *lab) kill(t *testing.T) {
	t.Helper()
	before := l.pod(t)
	l.inside(t, "pkill", "-KILL", "-x", "auditship")
	await(t, "the killed agent is back", patience, func(context.Context) error {
		if now := l.pod(t); now.Status.ContainerStatuses[0].RestartCount == before.Status.ContainerStatuses[0].RestartCount {
			return fmt.Errorf("it was restarted %d times, as before", now.Status.ContainerStatuses[0].RestartCount)
		}
		return nil
	})
}

func (l *lab) deletePod(t *testing.T) {
	t.Helper()
	before := l.pod(t)
	l.kubectl(t, "-n", "auditship", "delete", "pod", before.Metadata.Name, "--timeout=600s")
	if after := l.pod(t); after.Metadata.UID == before.Metadata.UID {
		t.Error("the pod is the same as before")
	}
}

// editConfigMap changes a file in it, and waits until the running agent has taken that in.
func (l *lab) editConfigMap(t *testing.T, d deployment, target string) {
	t.Helper()
	before := l.pod(t)
	l.apply(t, d)
	// kubelet looks at a pod's volumes once a minute, and at once when the pod changes.
	l.kubectl(t, "-n", "auditship", "annotate", "--overwrite", "pod", before.Metadata.Name, "e2e/edited="+target)
	await(t, "the changed "+target+" is in force", patience, func(ctx context.Context) error {
		metrics, err := before.metrics(ctx)
		if err != nil {
			return err
		}
		if metrics.Sum("auditship_reloads_total", agent.Labels{"target": target, "result": "done"}) == 0 {
			return fmt.Errorf("it was not taken in; auditship_reload_failed is %v", metrics.Sum("auditship_reload_failed", nil))
		}
		return nil
	})
	if after := l.pod(t); after.Metadata.UID != before.Metadata.UID || after.Status.ContainerStatuses[0].RestartCount != before.Status.ContainerStatuses[0].RestartCount {
		t.Error("an edited ConfigMap restarted the agent")
	}
}

// awaitComparison waits until the agent has held its log against what the API server counted, and found nothing missing.
func (l *lab) awaitComparison(t *testing.T) {
	t.Helper()
	now := l.pod(t)
	await(t, "the log was held against the API server's count", patience, func(ctx context.Context) error {
		metrics, err := now.metrics(ctx)
		if err != nil {
			return err
		}
		if age, failing := metrics.Sum("auditship_server_check_age_seconds", nil), metrics.Sum("auditship_server_check_failing", nil); math.IsInf(age, 1) || failing > 0 {
			return fmt.Errorf("it was %v s ago; check_failing is %v", age, failing)
		}
		if missing, surplus := metrics.Sum("auditship_server_missing_events", nil), metrics.Sum("auditship_server_surplus_events", nil); missing > 0 || surplus > 0 {
			t.Errorf("%v events are said to be missing, and %v too many", missing, surplus)
		}
		return nil
	})
}

// awaitGuard waits until hard links guard the log, which they do from its first rotation on.
func (l *lab) awaitGuard(t *testing.T) {
	t.Helper()
	await(t, "hard links guard the log", patience, func(context.Context) error {
		links, err := filepath.Glob(filepath.Join(l.Root, "var/log/kubernetes/audit/.auditship/audit.log.*"))
		if err == nil && len(links) == 0 {
			err = errors.New("there is none")
		}
		return err
	})
}

func (l *lab) restartAPIServer(t *testing.T) {
	t.Helper()
	l.inside(t, "pkill", "-KILL", "-x", "kube-apiserver")
	await(t, "the killed API server is back", patience, func(ctx context.Context) error {
		_, err := l.Kubectl(ctx, "--request-timeout=5s", "get", "--raw", "/readyz")
		return err
	})
}

// settle stops the API server for good, so that the log no longer grows, and waits until the agent has caught up.
func (l *lab) settle(t *testing.T) (final agent.Metrics) {
	t.Helper()
	last := l.pod(t)
	l.inside(t, "mv", "/etc/kubernetes/manifests/kube-apiserver.yaml", "/root/")
	await(t, "the API server has ended", patience, func(ctx context.Context) error {
		if pid, err := l.Exec(ctx, "pgrep", "-x", "kube-apiserver"); err == nil {
			return fmt.Errorf("it still is process %s", pid)
		}
		return nil
	})
	await(t, "the agent has caught up", patience, func(ctx context.Context) error {
		metrics, err := last.metrics(ctx)
		if err != nil {
			return err
		}
		for _, output := range []string{"search", "bus"} {
			labels := agent.Labels{"output": output}
			if lag, waiting := metrics.Sum("auditship_lag_bytes", labels), metrics.Sum("auditship_in_flight_events", labels); lag > 0 || waiting > 0 {
				return fmt.Errorf("%s: %v bytes behind, %v events in flight", output, lag, waiting)
			}
		}
		final = metrics
		return nil
	})
	return final
}

// checkBooks holds what the agent says became of the lines against what did become of them.
func checkBooks(t *testing.T, metrics agent.Metrics, j judgement) {
	t.Helper()
	for output, want := range map[string][4]int{
		"search": {j.lines, j.delivered, j.leftOut, j.setAside},
		"bus":    {j.lines, j.delivered + j.leftOut, 0, j.setAside},
	} {
		got := [4]int{metrics.Events(output, "read"), metrics.Events(output, "delivered"), metrics.Events(output, "filtered"), metrics.Events(output, "dead_lettered")}
		if gaps := metrics.Sum("auditship_gaps_total", agent.Labels{"output": output}); got != want || gaps > 0 {
			t.Errorf("%s: the books have read, delivered, filtered, dead-lettered %v and %v gaps, want %v and none", output, got, gaps, want)
		}
		t.Logf("%s: %v; %d of them were sent again and hidden", output, got, metrics.Events(output, "duplicate"))
	}
}
