package node_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// traffic is requests that go on through everything that is done to the cluster. While the API server is away they fail,
// which is no fault.
type traffic struct {
	stop context.CancelFunc
	done sync.WaitGroup
	sent int // that were answered; to be read after end
}

const trafficPause = 300 * time.Millisecond

func (l *lab) traffic(t *testing.T) *traffic {
	ctx, stop := context.WithCancel(t.Context())
	r := &traffic{stop: stop}
	r.done.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			if _, err := l.Kubectl(ctx, "--request-timeout=5s", "get", "--raw", fmt.Sprintf("/api/v1/namespaces/default/configmaps?labelSelector=traffic%%3D%d", n)); err == nil {
				r.sent++
			}
			select {
			case <-time.After(trafficPause):
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(r.end)
	return r
}

func (r *traffic) end() {
	r.stop()
	r.done.Wait()
}

const workload = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      terminationGracePeriodSeconds: 1
      tolerations: [{operator: Exists}]
      containers:
        - {name: shop, image: "localhost/busybox:e2e", imagePullPolicy: Never, command: [sleep, "100000"]}
`

// use does what people do: a deployment, commands in its pods, a secret, and a role for somebody.
func (l *lab) use(t *testing.T, round int) {
	t.Helper()
	manifest := l.write(t, "workload.yaml", workload)
	l.kubectl(t, "apply", "-f", manifest)
	l.kubectl(t, "-n", "default", "rollout", "status", "deployment/shop", "--timeout=600s")
	for i := range 3 {
		if out := l.kubectl(t, "-n", "default", "exec", "deploy/shop", "--", "echo", "hello", fmt.Sprint(i)); out != fmt.Sprintf("hello %d\n", i) {
			t.Errorf("exec printed %q", out)
		}
	}
	name := fmt.Sprintf("round-%d", round)
	l.kubectl(t, "-n", "default", "create", "secret", "generic", name, "--from-literal=password=hunter2")
	l.kubectl(t, "create", "clusterrolebinding", name, "--clusterrole=view", "--user=jane")
	l.kubectl(t, "-n", "default", "delete", "secret", name)
}
