package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"time"

	coordv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// nodes renew their leases.
func (l *loader) nodes() error {
	for _, name := range []string{"node-1", "node-2"} {
		cs, _, err := l.client(name, "kubelet/v1.36.3 (linux/amd64) kubernetes/e2e")
		if err != nil {
			return err
		}
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"kubernetes.io/hostname": name}}}
		if _, err := cs.CoreV1().Nodes().Create(l.ctx, node, metav1.CreateOptions{}); ignore(err) != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
		l.heartbeat(cs, name)
	}
	return nil
}

func (l *loader) heartbeat(cs *kubernetes.Clientset, node string) {
	leases, seconds := cs.CoordinationV1().Leases("kube-node-lease"), int32(40)
	leases.Create(l.ctx, &coordv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: node}, Spec: coordv1.LeaseSpec{HolderIdentity: &node, LeaseDurationSeconds: &seconds}}, metav1.CreateOptions{})
	l.spawn(1, func(int, *rand.Rand) {
		lease, err := leases.Get(l.ctx, node, metav1.GetOptions{})
		l.count(err)
		if err == nil {
			now := metav1.NewMicroTime(time.Now())
			lease.Spec.RenewTime = &now
			_, err = leases.Update(l.ctx, lease, metav1.UpdateOptions{})
			l.count(err)
		}
		time.Sleep(50 * time.Millisecond)
	})
}

// builds are those of a CI runner: ConfigMaps of many sizes, and Secrets, which come and go.
func (l *loader) builds() error {
	ci, _, err := l.client("ci-bot", "ci-bot/2.4 (GitLab Runner)")
	if err != nil {
		return err
	}
	maps, secrets := ci.CoreV1().ConfigMaps("ci"), ci.CoreV1().Secrets("ci")
	lorem := strings.Repeat("the quick brown fox – żółć, 日本語, \"quotes\" and \\ slashes \t tab <html> & more\n", 4096)
	l.spawn(l.workers, func(w int, r *rand.Rand) {
		name := fmt.Sprintf("build-%d-%d", w, r.Intn(1_000_000))
		log := strings.ToValidUTF8(lorem[:min(int(64*expo(r)), 60_000)], "")
		meta := metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "build"}, Annotations: map[string]string{"e2e/commit": fmt.Sprintf("%040x", r.Int63())}}
		_, err := maps.Create(l.ctx, &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"log": log}}, metav1.CreateOptions{})
		l.count(err)
		_, err = maps.Patch(l.ctx, name, types.MergePatchType, []byte(`{"metadata":{"annotations":{"e2e/status":"ok ✅"}}}`), metav1.PatchOptions{})
		l.count(err)
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: map[string]string{"token": "not-to-be-seen-in-the-audit-log"}}
		_, err = secrets.Create(l.ctx, secret, metav1.CreateOptions{})
		l.count(err)
		_, err = secrets.Get(l.ctx, name, metav1.GetOptions{})
		l.count(err)
		l.count(secrets.Delete(l.ctx, name, metav1.DeleteOptions{}))
		l.count(maps.Delete(l.ctx, name, metav1.DeleteOptions{}))
	})
	return nil
}

// expo is heavy-tailed: mostly small, sometimes a thousand times as large.
func expo(r *rand.Rand) float64 {
	x := r.ExpFloat64()
	return 1 + x*x*x*x
}

// argo is a GitOps controller: server-side apply of deployments, and lists.
func (l *loader) argo() error {
	deployments := l.accounts["argocd-application-controller"].AppsV1().Deployments("team-a")
	l.spawn(l.workers, func(w int, r *rand.Rand) {
		name, force := fmt.Sprintf("shop-%d-%d", w, r.Intn(20)), true
		_, err := deployments.Patch(l.ctx, name, types.ApplyPatchType, shop(name, r), metav1.PatchOptions{FieldManager: "argocd-controller", Force: &force})
		l.count(err)
		_, err = deployments.List(l.ctx, metav1.ListOptions{Limit: 20})
		l.count(err)
		if _, err = deployments.Get(l.ctx, name, metav1.GetOptions{}); err == nil && r.Intn(10) == 0 {
			err = deployments.Delete(l.ctx, name, metav1.DeleteOptions{})
		}
		l.count(err)
	})
	return nil
}

// shop is what argo applies.
func shop(name string, r *rand.Rand) []byte {
	type object = map[string]any
	labels := map[string]string{"app": name}
	revision, replicas := fmt.Sprint(r.Intn(1e9)), r.Intn(5)
	container := object{"name": "web", "image": fmt.Sprint("registry.example.org/shop:", r.Intn(100)), "env": []any{object{"name": "MODE", "value": "prod"}},
		"resources": object{"requests": object{"cpu": "100m", "memory": "64Mi"}}}
	deployment, _ := json.Marshal(object{"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{"name": name, "labels": labels, "annotations": object{"e2e/rev": revision}},
		"spec": object{"replicas": replicas, "selector": object{"matchLabels": labels},
			"template": object{"metadata": object{"labels": labels}, "spec": object{"containers": []any{container}}}}})
	return deployment
}

// prometheus lists, and watches for a moment.
func (l *loader) prometheus() error {
	core := l.accounts["prometheus"].CoreV1()
	l.spawn(1, func(int, *rand.Rand) {
		_, err := core.Pods("").List(l.ctx, metav1.ListOptions{Limit: 500, ResourceVersion: "0"})
		l.count(err)
		seconds := int64(1)
		watch, err := core.Nodes().Watch(l.ctx, metav1.ListOptions{TimeoutSeconds: &seconds})
		l.count(err)
		if err == nil {
			for range watch.ResultChan() {
			}
		}
	})
	return nil
}

// bob reads, and is refused Secrets now and then, as he should be.
func (l *loader) bob() error {
	bob, _, err := l.client("bob", "kubectl/v1.36.3 (darwin/arm64) kubernetes/e2e")
	if err != nil {
		return err
	}
	l.spawn(1, func(_ int, r *rand.Rand) {
		_, err := bob.CoreV1().ConfigMaps("team-a").List(l.ctx, metav1.ListOptions{})
		l.count(err)
		if r.Intn(10) == 0 {
			if _, err := bob.CoreV1().Secrets("prod").List(l.ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
				l.count(err)
			}
		}
		time.Sleep(50 * time.Millisecond)
	})
	return nil
}
