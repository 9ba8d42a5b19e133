package e2e_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditship/auditship/e2e/auditlog"
	"github.com/auditship/auditship/e2e/backend"
	"github.com/auditship/auditship/e2e/verify"
)

// TestRealWriter follows a real kube-apiserver that rotates every MiB and is under load from kubectl and others.
func TestRealWriter(t *testing.T) {
	startServers(t)
	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprintf("compress=%v", compress), func(t *testing.T) { followCluster(t, compress) })
	}
}

func followCluster(t *testing.T, compress bool) {
	dir := newDir(t)
	cluster, err := backend.StartKubernetes(t.Context(), dir, compress)
	must(t, err)
	t.Cleanup(func() { report(cluster.Stop()) })
	kept := filepath.Join(dir, "kept")
	keeper, err := auditlog.Keep(cluster.AuditDir, kept)
	must(t, err)

	destinations := toAll(t, dir, fmt.Sprintf("writer-%v", compress))
	config := newConfig(t, dir, filepath.Join(cluster.AuditDir, "audit.log"), destinations)
	process := start(t, config)
	makeTraffic(t, cluster)
	must(t, cluster.Stop())
	must(t, keeper.Finish())
	log, err := verify.ReadLog(kept)
	must(t, err)
	settle(t, process, log.Len(), 3*time.Minute, names(destinations)...)

	files, err := filepath.Glob(filepath.Join(kept, "*"))
	must(t, err)
	t.Logf("%d lines in %d files, %.1f MB; peak RSS %.1f MiB", log.Len(), len(files), float64(log.Bytes)/1e6,
		mebibytes(process.PeakRSS()))
	if len(files) < 5 {
		t.Errorf("only %d files: not enough rotations", len(files))
	}
	checkExact(t, log, destinations)
}

// makeTraffic has people with kubectl beside the load of programs.
func makeTraffic(t *testing.T, cluster *backend.Kubernetes) {
	t.Helper()
	loaded := make(chan error, 1)
	go func() { loaded <- cluster.Load(t.Context(), pick(20*time.Second, time.Minute), 4) }()
	for _, command := range [][]string{
		{"create", "namespace", "prod"},
		{"--namespace=prod", "create", "secret", "generic", "db", "--from-literal=password=not-for-the-log"},
		{"--namespace=prod", "create", "configmap", "settings", "--from-literal=owner=Zoë"},
		{"--namespace=prod", "get", "secrets", "--output=yaml"},
		{"--namespace=prod", "get", "configmaps", "--as=jane@example.org", "--as-group=system:masters"},
		{"--namespace=prod", "create", "deployment", "shop", "--image=registry.example.org/shop:1"},
		{"--namespace=prod", "scale", "deployment/shop", "--replicas=3"},
		{"--namespace=prod", "delete", "secret", "db"},
	} {
		must(t, cluster.Kubectl(t.Context(), "admin", command...))
	}
	expectRefusal(t.Context(), t, cluster)
	must(t, <-loaded)
}

// expectRefusal makes a denial: bob may not read secrets of other teams.
func expectRefusal(ctx context.Context, t *testing.T, cluster *backend.Kubernetes) {
	t.Helper()
	if err := cluster.Kubectl(ctx, "bob", "--namespace=prod", "get", "secrets"); err == nil {
		t.Error("bob was not refused")
	}
}
